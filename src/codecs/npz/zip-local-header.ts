import { malformedNpz, memberPlace, WRITE_AGAIN } from './malformed-npz.ts';
import { readSizes } from './zip-extra.ts';
import { DEFLATED, type DirectoryEntry, type ZipMember } from './zip-member.ts';
import { DATA_DESCRIPTOR, LOCAL_HEADER } from './zip-signature.ts';

const HEADER_BYTES = 30;
/** Sizes and checksum follow the data: the program that wrote them could not go back to the header. */
const HAS_DESCRIPTOR = 8;
/** Those that headers and the directory must agree on: encryption, and whether there is a descriptor. */
const COMPARED_FLAGS = 1 | HAS_DESCRIPTOR;

/**
 * Finds the data of members, by the headers in front of them.
 *
 * @param end where the directory begins, and the last member ends
 * @returns the members in the order of the directory
 * @throws {ServiceError} `malformed_body`
 */
export function checkLocalHeaders(
  file: Uint8Array,
  view: DataView,
  entries: readonly DirectoryEntry[],
  end: number,
): ZipMember[] {
  const inOrder = entries.toSorted((a, b) => a.offset - b.offset);
  const last = inOrder.at(-1);
  if (last && last.offset + HEADER_BYTES > end) {
    // From here on, where a member ends is within the file.
    throw malformedNpz(
      `${memberPlace(last.name)}: expected it to begin before the directory, at byte ${end}, got ${last.offset}: a gap${WRITE_AGAIN}`,
    );
  }
  let covered = 0;
  const data = new Map<DirectoryEntry, Uint8Array>();
  inOrder.forEach((entry, i) => {
    if (entry.offset !== covered) {
      const fault = entry.offset > covered ? 'a gap' : 'an overlap';
      throw malformedNpz(
        `${memberPlace(entry.name)}: expected it to begin at byte ${covered}, got ${entry.offset}: ${fault}${WRITE_AGAIN}`,
      );
    }
    const next = inOrder[i + 1]?.offset ?? end;
    data.set(entry, findData(file, view, entry, next));
    covered = next;
  });
  if (covered !== end) {
    throw malformedNpz(
      `The npz file: expected its directory at byte ${covered}, where its members end, got ${end}${WRITE_AGAIN}`,
    );
  }
  return entries.map((entry) => ({
    name: entry.name,
    bytes: data.get(entry)!,
    isDeflated: entry.method === DEFLATED,
    size: entry.size,
    crc32: entry.crc32,
  }));
}

/** @param next where the next member begins, up to which this one reaches */
function findData(file: Uint8Array, view: DataView, entry: DirectoryEntry, next: number): Uint8Array {
  const { name, nameBytes, offset, packedSize, flags } = entry;
  const where = memberPlace(name);
  const differs = (what: string) =>
    malformedNpz(`${where}: expected ${what} of its header to be that of the directory, got another${WRITE_AGAIN}`);
  const nameAt = offset + HEADER_BYTES;
  if (nameAt > next) {
    throw malformedNpz(
      `${where}: expected the next part behind its header, got it at byte ${next}: an overlap${WRITE_AGAIN}`,
    );
  }
  if (view.getUint32(offset, true) !== LOCAL_HEADER) {
    throw malformedNpz(`${where}: expected its header at byte ${offset}, got other bytes${WRITE_AGAIN}`);
  }
  const nameEnd = nameAt + view.getUint16(offset + 26, true);
  const dataAt = nameEnd + view.getUint16(offset + 28, true);
  const dataEnd = dataAt + packedSize;
  if (dataEnd > next) {
    throw malformedNpz(
      `${where}: expected its ${packedSize} bytes to end by byte ${next}, where the next part begins, got ${dataEnd}: an overlap, or the file was cut short${WRITE_AGAIN}`,
    );
  }
  if (Buffer.compare(file.subarray(nameAt, nameEnd), nameBytes) !== 0) throw differs('the name');
  if (((view.getUint16(offset + 6, true) ^ flags) & COMPARED_FLAGS) !== 0) throw differs('the flags');
  if (view.getUint16(offset + 8, true) !== entry.method) throw differs('the method');
  if ((flags & HAS_DESCRIPTOR) !== 0) {
    if (!isDescriptor(view, entry, dataEnd, next)) throw differs('the data descriptor');
    return file.subarray(dataAt, dataEnd);
  }
  const packed = view.getUint32(offset + 18, true);
  const plain = view.getUint32(offset + 22, true);
  const sizes = readSizes(view, { size: plain, packedSize: packed }, { start: nameEnd, end: dataAt }, name);
  if (sizes.size !== entry.size || sizes.packedSize !== packedSize) throw differs('the size');
  if (view.getUint32(offset + 14, true) !== entry.crc32) throw differs('the checksum');
  if (dataEnd !== next) {
    throw malformedNpz(
      `${where}: expected the next part behind its ${packedSize} bytes, got ${next - dataEnd} bytes more: a gap${WRITE_AGAIN}`,
    );
  }
  return file.subarray(dataAt, dataEnd);
}

/** Whether the bytes are a descriptor, with its signature or without, and with sizes of 32 or of 64 bits. */
function isDescriptor(
  view: DataView,
  { crc32, size, packedSize }: DirectoryEntry,
  start: number,
  end: number,
): boolean {
  const length = end - start;
  if (![12, 16, 20, 24].includes(length)) return false;
  let at = start;
  if (length % 8 === 0) {
    if (view.getUint32(at, true) !== DATA_DESCRIPTOR) return false;
    at += 4;
  }
  const isLong = length >= 20;
  const sizeAt = (index: number) =>
    isLong ? Number(view.getBigUint64(at + 4 + 8 * index, true)) : view.getUint32(at + 4 + 4 * index, true);
  return view.getUint32(at, true) === crc32 && sizeAt(0) === packedSize && sizeAt(1) === size;
}
