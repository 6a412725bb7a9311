import { crc32 } from 'node:zlib';
import {
  directoryBytes,
  LOCAL_HEADER_BYTES,
  MIN_EXTRA_BYTES,
  memberName,
  NPY_ALIGNMENT,
  npyHeaderText,
  type PlacedEntry,
} from './npz-layout.ts';
import { STORED } from './zip-member.ts';
import { DIRECTORY_END, DIRECTORY_ENTRY, LOCAL_HEADER } from './zip-signature.ts';

/** Zip 2.0, which is the least that readers ask for. */
const VERSION = 20;
/** 1980-01-01, the first day that zip knows: files of the same results are the same. */
const DATE = 0x21;
/** The extra field by which Android's zipalign aligns what follows: the alignment, and zeros. */
const ALIGNMENT_FIELD = 0xd935;
const SPACE = 0x20;
const NEWLINE = 0x0a;
const NPY_MAGIC = '\x93NUMPY\x01\x00';
const NPY_LENGTH_AT = NPY_MAGIC.length;
const NPY_TEXT_AT = NPY_LENGTH_AT + 2;

/**
 * Writes the rest of an npz file around the data of its arrays: headers, checksums and the directory. Members are stored and have no
 * date. No byte keeps what the memory held before.
 *
 * @param file where the data is already, at the entries' places, which lie one behind another
 * @returns the bytes of the file
 */
export function writeNpz(file: Uint8Array, entries: readonly PlacedEntry[]): Uint8Array {
  const text = Buffer.from(file.buffer, file.byteOffset, file.length);
  const directoryStart = entries.at(-1)?.end ?? 0;
  let at = directoryStart;
  for (const entry of entries) {
    writeNpyHeader(text, entry);
    const name = memberName(entry);
    const size = entry.end - entry.npyStart;
    const checksum = crc32(file.subarray(entry.npyStart, entry.end));
    const write = (fieldsAt: number) => writeFields(text, fieldsAt, checksum, size, name.length);

    text.writeUInt32LE(LOCAL_HEADER, entry.start);
    write(entry.start + 4);
    const extraAt = entry.start + LOCAL_HEADER_BYTES + name.length;
    text.writeUInt16LE(entry.npyStart - extraAt, entry.start + 28);
    text.write(name, entry.start + LOCAL_HEADER_BYTES, 'latin1');
    text.writeUInt16LE(ALIGNMENT_FIELD, extraAt);
    text.writeUInt16LE(entry.npyStart - extraAt - 4, extraAt + 2);
    text.writeUInt16LE(NPY_ALIGNMENT, extraAt + 4);
    text.fill(0, extraAt + MIN_EXTRA_BYTES, entry.npyStart);

    text.fill(0, at, at + 46);
    text.writeUInt32LE(DIRECTORY_ENTRY, at);
    text.writeUInt16LE(VERSION, at + 4);
    write(at + 6);
    text.writeUInt32LE(entry.start, at + 42);
    at += 46 + text.write(name, at + 46, 'latin1');
  }
  text.fill(0, at, at + 22);
  text.writeUInt32LE(DIRECTORY_END, at);
  text.writeUInt16LE(entries.length, at + 8);
  text.writeUInt16LE(entries.length, at + 10);
  text.writeUInt32LE(at - directoryStart, at + 12);
  text.writeUInt32LE(directoryStart, at + 16);
  return file.subarray(0, directoryStart + directoryBytes(entries));
}

/** The fields that a local header and an entry of the directory have both, from the version needed to the length of the name. */
function writeFields(text: Buffer, at: number, checksum: number, size: number, nameBytes: number): void {
  text.writeUInt16LE(VERSION, at);
  text.writeUInt16LE(0, at + 2);
  text.writeUInt16LE(STORED, at + 4);
  text.writeUInt16LE(0, at + 6);
  text.writeUInt16LE(DATE, at + 8);
  text.writeUInt32LE(checksum, at + 10);
  text.writeUInt32LE(size, at + 14);
  text.writeUInt32LE(size, at + 18);
  text.writeUInt16LE(nameBytes, at + 22);
}

function writeNpyHeader(text: Buffer, entry: PlacedEntry): void {
  const { npyStart, dataStart } = entry;
  text.write(NPY_MAGIC, npyStart, 'latin1');
  text.writeUInt16LE(dataStart - npyStart - NPY_TEXT_AT, npyStart + NPY_LENGTH_AT);
  const end = npyStart + NPY_TEXT_AT + text.write(npyHeaderText(entry), npyStart + NPY_TEXT_AT, 'latin1');
  text.fill(SPACE, end, dataStart - 1);
  text[dataStart - 1] = NEWLINE;
}
