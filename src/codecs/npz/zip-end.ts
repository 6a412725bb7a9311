import { jsonCure, safetensorsCure } from '../other-format.ts';
import { malformedNpz, WRITE_AGAIN } from './malformed-npz.ts';
import { DIRECTORY_END, DIRECTORY_END_64, DIRECTORY_LOCATOR_64, isZip } from './zip-signature.ts';

/** Where an archive has the directory of its members. */
export interface DirectoryPlace {
  readonly entries: number;
  readonly start: number;
  readonly end: number;
}

const END_BYTES = 22;
const MAX_COMMENT_BYTES = 2 ** 16 - 1;
const LOCATOR_64_BYTES = 20;
const END_64_BYTES = 56;
/** Stands for a number that only the records of zip64 have. */
const MAX_16 = 2 ** 16 - 1;
export const MAX_32 = 2 ** 32 - 1;

/** More than a request has fields; a directory of thousands would take many times the memory of its text. */
const MAX_MEMBERS = 256;

/**
 * Finds the directory by the record at the end of the file (APPNOTE 4.3.16, and 4.3.14 for zip64), which must be its very end.
 *
 * @throws {ServiceError} `malformed_body`
 */
export function findDirectory(file: Uint8Array): DirectoryPlace {
  if (!isZip(file)) {
    const cure = jsonCure(file) || safetensorsCure(file) || '; send what numpy.savez writes';
    throw malformedNpz(`The npz file: expected a zip archive, which starts with "PK", got other bytes${cure}`);
  }
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const at = findEnd(file, view);
  const place = readEnd64(view, at) ?? readEnd(view, at);
  const { entries, start, end } = place;
  if (entries > MAX_MEMBERS) {
    throw malformedNpz(`The npz file: expected at most ${MAX_MEMBERS} members, got ${entries}`);
  }
  if (start > end) {
    throw malformedNpz(
      `The npz file: expected its directory to end at byte ${end}, before its last record, got a longer one${WRITE_AGAIN}`,
    );
  }
  return place;
}

/** The offset of the last record, behind which is nothing but its comment. */
function findEnd(file: Uint8Array, view: DataView): number {
  const tailStart = Math.max(0, file.length - END_BYTES - MAX_COMMENT_BYTES);
  const tail = Buffer.from(file.buffer, file.byteOffset + tailStart, file.length - tailStart);
  const signature = Buffer.alloc(4);
  signature.writeUInt32LE(DIRECTORY_END);
  for (let at = tail.lastIndexOf(signature); at >= 0; at = at === 0 ? -1 : tail.lastIndexOf(signature, at - 1)) {
    const end = tailStart + at + END_BYTES;
    if (end <= file.length && end + view.getUint16(end - 2, true) === file.length) return end - END_BYTES;
  }
  throw malformedNpz(
    `The npz file: expected it to end with the record of a zip archive's end, got none in its last bytes: it was cut short, or bytes follow it${WRITE_AGAIN}`,
  );
}

function readEnd(view: DataView, at: number): DirectoryPlace {
  const disks = view.getUint16(at + 4, true) | view.getUint16(at + 6, true);
  const entries = view.getUint16(at + 10, true);
  checkDisks(disks === 0 && entries === view.getUint16(at + 8, true));
  return placeOf(entries, view.getUint32(at + 12, true), view.getUint32(at + 16, true), at);
}

/** What the records of zip64 say, if they are there. */
function readEnd64(view: DataView, endAt: number): DirectoryPlace | undefined {
  const locatorAt = endAt - LOCATOR_64_BYTES;
  if (locatorAt < 0 || view.getUint32(locatorAt, true) !== DIRECTORY_LOCATOR_64) return undefined;
  const at = Number(view.getBigUint64(locatorAt + 8, true));
  if (at + END_64_BYTES !== locatorAt || view.getUint32(at, true) !== DIRECTORY_END_64) {
    throw malformedNpz(
      `The npz file: expected the zip64 record of its end before the locator, got other bytes${WRITE_AGAIN}`,
    );
  }
  const disks = view.getUint32(at + 16, true) | view.getUint32(at + 20, true) | view.getUint32(locatorAt + 4, true);
  const entries = Number(view.getBigUint64(at + 32, true));
  checkDisks(disks === 0 && entries === Number(view.getBigUint64(at + 24, true)));
  const size = Number(view.getBigUint64(at + 40, true));
  const start = Number(view.getBigUint64(at + 48, true));
  const shown = [view.getUint16(endAt + 10, true), view.getUint32(endAt + 12, true), view.getUint32(endAt + 16, true)];
  const same = [entries, size, start].every(
    (value, i) => shown[i] === value || shown[i] === (i === 0 ? MAX_16 : MAX_32),
  );
  if (!same)
    throw malformedNpz(
      `The npz file: expected both records of its end to say the same, got different places${WRITE_AGAIN}`,
    );
  return placeOf(entries, size, start, at);
}

function checkDisks(isSingle: boolean): void {
  if (!isSingle)
    throw malformedNpz(`The npz file: expected a whole archive, got a volume of one that is split${WRITE_AGAIN}`);
}

function placeOf(entries: number, size: number, start: number, end: number): DirectoryPlace {
  if (start + size !== end) {
    throw malformedNpz(
      `The npz file: expected its directory to end at byte ${end}, where its last records begin, got ${size} bytes from byte ${start} on: it was cut, or bytes were put in${WRITE_AGAIN}`,
    );
  }
  return { entries, start, end };
}
