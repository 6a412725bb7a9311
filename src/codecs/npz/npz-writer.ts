import { crc32 } from 'node:zlib';
import {
  DIRECTORY_END_BYTES,
  DIRECTORY_ENTRY_BYTES,
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

/** A member whose header and checksum are there. */
export interface WrittenMember extends PlacedEntry {
  readonly checksum: number;
}

/**
 * Writes the headers of an array around its data, and computes its checksum. The member is stored and has no date. No byte keeps what the
 * memory held before.
 *
 * @param file where the data is already
 */
export function writeMember(file: Uint8Array, entry: PlacedEntry): WrittenMember {
  const text = Buffer.from(file.buffer, file.byteOffset, file.length);
  writeNpyHeader(text, entry);
  const { start, npyStart, end } = entry;
  const member = { ...entry, checksum: crc32(file.subarray(npyStart, end)) };
  const nameAt = start + LOCAL_HEADER_BYTES;
  text.writeUInt32LE(LOCAL_HEADER, start);
  writeFields(text, start + 4, member);
  const extraAt = nameAt + text.write(memberName(entry), nameAt, 'latin1');
  text.writeUInt16LE(npyStart - extraAt, start + 28);
  text.writeUInt16LE(ALIGNMENT_FIELD, extraAt);
  text.writeUInt16LE(npyStart - extraAt - 4, extraAt + 2);
  text.writeUInt16LE(NPY_ALIGNMENT, extraAt + 4);
  text.fill(0, extraAt + MIN_EXTRA_BYTES, npyStart);
  return member;
}

/**
 * Writes the directory behind the last member.
 *
 * @param members those of the file, which lie one behind another
 * @returns the bytes of the file
 */
export function writeDirectory(file: Uint8Array, members: readonly WrittenMember[]): Uint8Array {
  const text = Buffer.from(file.buffer, file.byteOffset, file.length);
  const start = members.at(-1)?.end ?? 0;
  let at = start;
  for (const member of members) {
    text.fill(0, at, at + DIRECTORY_ENTRY_BYTES);
    text.writeUInt32LE(DIRECTORY_ENTRY, at);
    text.writeUInt16LE(VERSION, at + 4);
    writeFields(text, at + 6, member);
    text.writeUInt32LE(member.start, at + 42);
    at += DIRECTORY_ENTRY_BYTES;
    at += text.write(memberName(member), at, 'latin1');
  }
  text.fill(0, at, at + DIRECTORY_END_BYTES);
  text.writeUInt32LE(DIRECTORY_END, at);
  text.writeUInt16LE(members.length, at + 8);
  text.writeUInt16LE(members.length, at + 10);
  text.writeUInt32LE(at - start, at + 12);
  text.writeUInt32LE(start, at + 16);
  return file.subarray(0, at + DIRECTORY_END_BYTES);
}

/** The fields that a local header and an entry of the directory have both, from the version needed to the length of the name. */
function writeFields(text: Buffer, at: number, member: WrittenMember): void {
  const size = member.end - member.npyStart;
  text.writeUInt16LE(VERSION, at);
  text.writeUInt16LE(0, at + 2);
  text.writeUInt16LE(STORED, at + 4);
  text.writeUInt16LE(0, at + 6);
  text.writeUInt16LE(DATE, at + 8);
  text.writeUInt32LE(member.checksum, at + 10);
  text.writeUInt32LE(size, at + 14);
  text.writeUInt32LE(size, at + 18);
  text.writeUInt16LE(memberName(member).length, at + 22);
}

function writeNpyHeader(text: Buffer, entry: PlacedEntry): void {
  const { npyStart, dataStart } = entry;
  text.write(NPY_MAGIC, npyStart, 'latin1');
  text.writeUInt16LE(dataStart - npyStart - NPY_TEXT_AT, npyStart + NPY_LENGTH_AT);
  const end = npyStart + NPY_TEXT_AT + text.write(npyHeaderText(entry), npyStart + NPY_TEXT_AT, 'latin1');
  text.fill(SPACE, end, dataStart - 1);
  text[dataStart - 1] = NEWLINE;
}
