import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { invalidRequest } from '../common-errors.ts';
import { ServiceError } from '../service-error.ts';
import { SettingsError } from '../settings-error.ts';
import { shorten } from '../shorten.ts';
import { mayReadAndWrite, processUser } from './file-permissions.ts';
import type { Region, RegionPlace } from './region.ts';
import { fileNameOf } from './region-key.ts';

/** A directory on the file system of shared memory. */
export interface SharedMemoryDirectory {
  readonly path: string;
  readonly device: number;
}

/** Where `shm_open` has its files on Linux. */
const DIRECTORY = '/dev/shm';

/** @throws {SettingsError} if this system has none */
export function findSharedMemory(path = DIRECTORY): SharedMemoryDirectory {
  const directory = statSync(path, { throwIfNoEntry: false });
  if (directory?.isDirectory()) return { path, device: directory.dev };
  throw new SettingsError(
    `SHARED_MEMORY (--shared-memory): expected off on a system without the directory ${path}, got on`,
  );
}

/** No link is followed, and a FIFO does not block. libuv adds O_CLOEXEC. */
const FLAGS = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens the file of a region. All checks are on what was opened: a path may mean another file a moment later.
 *
 * @throws {ServiceError} `invalid_request`
 */
export function openRegion(directory: SharedMemoryDirectory, name: string, place: RegionPlace): Region {
  const fd = open(directory, place.key);
  try {
    return { name, ...place, fd, inode: checkFile(fd, directory, place) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function open({ path }: SharedMemoryDirectory, key: string): number {
  const file = join(path, fileNameOf(key));
  try {
    return openSync(file, FLAGS);
  } catch (error) {
    const { code, errno = 0 } = error as NodeJS.ErrnoException;
    const [, reason] = getSystemErrorMap().get(errno) ?? [];
    throw reject(key, `in ${path} that the service can open, got ${code} (${reason})`);
  }
}

/** @returns the file's inode */
function checkFile(fd: number, { device }: SharedMemoryDirectory, { key, offset, byteSize }: RegionPlace): number {
  const file = fstatSync(fd);
  if (!file.isFile() || file.dev !== device) throw reject(key, 'that is a regular file in shared memory');
  if (!mayReadAndWrite(file, processUser())) {
    throw reject(key, "whose mode permits the service's own user to read and write it");
  }
  if (offset + byteSize > file.size) {
    const end = `${offset} + ${byteSize}`;
    throw invalidRequest({
      pointer: '/byte_size',
      message: `expected an offset and a byte_size that end within the ${file.size} bytes of ${quote(key)}, got ${end}`,
    });
  }
  return file.ino;
}

/** The first words are Triton's. */
function reject(key: string, expected: string): ServiceError {
  const message = `Unable to open shared memory region: '${shorten(key)}': expected the key of an object ${expected}`;
  return new ServiceError('invalid_request', message);
}

function quote(key: string): string {
  return JSON.stringify(shorten(key));
}
