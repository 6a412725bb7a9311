import { isUtf8 } from 'node:buffer';
import { MAX_INFLATION } from '../content-encoding.ts';
import { malformedNpz, memberPlace, WRITE_AGAIN } from './malformed-npz.ts';
import { findDirectory } from './zip-end.ts';
import { readSizes } from './zip-extra.ts';
import { checkLocalHeaders } from './zip-local-header.ts';
import { DEFLATED, type DirectoryEntry, STORED, type ZipMember } from './zip-member.ts';
import { DIRECTORY_ENTRY } from './zip-signature.ts';

const ENTRY_BYTES = 46;
const MAX_NAME_BYTES = 1024;
const ENCRYPTED_FLAGS = 0x2041;
/** The most bytes of a deflated member that hold none. */
const DEFLATE_OVERHEAD_BYTES = 64;

const known = new WeakMap<Uint8Array, readonly ZipMember[]>();

/**
 * The members of an archive by its directory, with which the headers in front of their data must agree. They cover the file from its
 * first byte to the directory without a gap or an overlap.
 *
 * One request asks for them up to three times, of the same array: they are read once.
 *
 * @param file all of it; it may lie in shared memory, and must not change any more
 * @throws {ServiceError} `malformed_body`, which names the member and says what was expected of it
 */
export function readZipMembers(file: Uint8Array): readonly ZipMember[] {
  const before = known.get(file);
  if (before) return before;
  const directory = findDirectory(file);
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const entries: DirectoryEntry[] = [];
  const names = new Set<string>();
  let at = directory.start;
  for (let i = 0; i < directory.entries; i++) {
    const { entry, end } = readEntry(file, view, at, directory.end);
    if (names.has(entry.name)) throw malformedNpz(`${memberPlace(entry.name)}: expected each name once, got it twice`);
    names.add(entry.name);
    entries.push(entry);
    at = end;
  }
  if (at !== directory.end) {
    throw malformedNpz(
      `The npz file: expected a directory of ${directory.entries} members, got ${directory.end - at} bytes more${WRITE_AGAIN}`,
    );
  }
  const members = checkLocalHeaders(file, view, entries, directory.start);
  known.set(file, members);
  return members;
}

function readEntry(
  file: Uint8Array,
  view: DataView,
  at: number,
  directoryEnd: number,
): { entry: DirectoryEntry; end: number } {
  if (at + ENTRY_BYTES > directoryEnd || view.getUint32(at, true) !== DIRECTORY_ENTRY) {
    throw malformedNpz(`The npz file: expected an entry of its directory at byte ${at}, got other bytes${WRITE_AGAIN}`);
  }
  const nameEnd = at + ENTRY_BYTES + view.getUint16(at + 28, true);
  const extraEnd = nameEnd + view.getUint16(at + 30, true);
  const end = extraEnd + view.getUint16(at + 32, true);
  if (end > directoryEnd) {
    throw malformedNpz(
      `The npz file: expected the entry at byte ${at} to end within its directory, got a longer one${WRITE_AGAIN}`,
    );
  }
  const nameBytes = file.subarray(at + ENTRY_BYTES, nameEnd);
  const name = readName(nameBytes);
  const sizes = readSizes(
    view,
    {
      packedSize: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    },
    { start: nameEnd, end: extraEnd },
    name,
  );
  const entry = {
    name,
    nameBytes,
    flags: view.getUint16(at + 8, true),
    method: view.getUint16(at + 10, true),
    crc32: view.getUint32(at + 16, true),
    size: sizes.size,
    packedSize: sizes.packedSize,
    offset: sizes.offset!,
  };
  checkEntry(entry, view.getUint16(at + 34, true));
  return { entry, end };
}

function readName(bytes: Uint8Array): string {
  if (bytes.length > MAX_NAME_BYTES || !isUtf8(bytes)) {
    throw malformedNpz(
      `The npz file: expected names of members in UTF-8, at most ${MAX_NAME_BYTES} bytes long, got one of ${bytes.length} bytes`,
    );
  }
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  if (!/^[^/\\\0]+\.npy$/.test(name)) {
    throw malformedNpz(
      `${memberPlace(name)}: expected an array in the file's root, whose name ends in ".npy"${WRITE_AGAIN}`,
    );
  }
  return name;
}

function checkEntry({ name, flags, method, size, packedSize }: DirectoryEntry, disk: number): void {
  const where = memberPlace(name);
  if ((flags & ENCRYPTED_FLAGS) !== 0) throw malformedNpz(`${where}: expected it unencrypted, got an encrypted one`);
  if (method !== STORED && method !== DEFLATED) {
    throw malformedNpz(
      `${where}: expected it stored or deflated, as numpy.savez and numpy.savez_compressed write it, got compression method ${method}`,
    );
  }
  if (disk !== 0) throw malformedNpz(`${where}: expected it in this file, got it in another volume${WRITE_AGAIN}`);
  const isPossible =
    method === STORED ? size === packedSize : size <= MAX_INFLATION.deflate * packedSize + DEFLATE_OVERHEAD_BYTES;
  if (!isPossible) {
    throw malformedNpz(
      `${where}: its directory entry says that ${packedSize} bytes hold ${size}, which cannot be${WRITE_AGAIN}`,
    );
  }
}
