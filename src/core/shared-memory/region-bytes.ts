import { fstatSync, readSync, writeSync } from 'node:fs';
import { invalidRequest } from '../common-errors.ts';
import type { ServiceError } from '../service-error.ts';
import { shorten } from '../shorten.ts';

/**
 * The bytes of a tensor in a region. They are read and written by position: a mapping of a file that its owner shortens would
 * end the process.
 */
export interface RegionBytes {
  /** The names of the tensor and the region, for messages. */
  readonly tensor: string;
  readonly region: string;
  readonly fd: number;
  readonly inode: number;
  /** In the region. */
  readonly offset: number;
  /** In the file. */
  readonly position: number;
  readonly byteLength: number;
}

/**
 * Fills an array from a tensor's bytes.
 *
 * @param from the first byte of the tensor
 * @throws {ServiceError} `invalid_request` if the file has become too short
 */
export function readBytes(bytes: RegionBytes, from: number, target: NodeJS.ArrayBufferView): void {
  let at = 0;
  while (at < target.byteLength) {
    const length = target.byteLength - at;
    const read = attempt(bytes, 'read', () => readSync(bytes.fd, target, at, length, bytes.position + from + at));
    if (read === 0) throw tooShort(bytes);
    at += read;
  }
}

/**
 * Throws if the file has become too short for a tensor. Before a write, because a write behind the end of a file lengthens it.
 * A file that is shortened just then is lengthened all the same, to no more than the region's end.
 */
export function checkHolds(bytes: RegionBytes): void {
  if (fstatSync(bytes.fd).size < bytes.position + bytes.byteLength) throw tooShort(bytes);
}

/**
 * Writes an array into a tensor's bytes, after `checkHolds`.
 *
 * @param from the first byte of the tensor
 * @throws {ServiceError} `invalid_request` if that is not possible
 */
export function writeBytes(bytes: RegionBytes, from: number, source: NodeJS.ArrayBufferView): void {
  let at = 0;
  while (at < source.byteLength) {
    const length = source.byteLength - at;
    const written = attempt(bytes, 'written', () =>
      writeSync(bytes.fd, source, at, length, bytes.position + from + at),
    );
    if (written === 0) throw tooShort(bytes);
    at += written;
  }
}

/** What the owner of a file can cause: no memory for its pages, a quota, seals, a limit. */
const CAUSED_BY_FILE = new Set(['ENOSPC', 'EDQUOT', 'EPERM', 'EFBIG', 'EIO', 'ENOMEM']);

function attempt<Result>(bytes: RegionBytes, verb: 'read' | 'written', run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!CAUSED_BY_FILE.has(code)) throw error;
    throw reject(bytes, `expected shared memory region '${shorten(bytes.region)}' to be ${verb}, got ${code}`);
  }
}

function tooShort(bytes: RegionBytes): ServiceError {
  const { region, fd, position, byteLength } = bytes;
  const { size } = fstatSync(fd);
  const expected = `expected ${byteLength} bytes from byte ${position} on in the file of shared memory region '${shorten(region)}'`;
  const advice = 'it was shortened after it was registered; make it as long again, or register it anew';
  return reject(bytes, `${expected}, got ${Math.max(0, Math.min(byteLength, size - position))}: ${advice}`);
}

function reject({ tensor }: RegionBytes, message: string): ServiceError {
  return invalidRequest({ pointer: `/${tensor}`, message });
}
