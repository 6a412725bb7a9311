import { FileError } from './file-error.ts';

/** A file in a ZIP archive, uncompressed. */
export interface ZipEntry {
  readonly name: string;
  readonly data: Blob;
}

const END_BYTES = 22;
const MAX_COMMENT_BYTES = 2 ** 16;
const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const MAX_DIRECTORY_BYTES = 2 ** 20;
const MAX_ENTRIES = 1000;
/** Of all files together, once uncompressed: more than the service accepts by default. */
const MAX_BYTES = 2 * 2 ** 30;
const STORED = 0;
const DEFLATED = 8;
/** In the place of a size or an offset that needs 64 bits, which NumPy writes for files above 4 GiB. */
const IN_64_BITS = 0xffffffff;

/**
 * Reads an archive such as `np.savez` and `np.savez_compressed` write (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT).
 * Files that are stored stay where they are; others are decompressed up to the size that the archive states.
 *
 * @throws {FileError} if it is not such an archive, or too large
 */
export async function readZip(file: Blob): Promise<ZipEntry[]> {
  const { start, size, count } = await findDirectory(file);
  if (size > MAX_DIRECTORY_BYTES || count > MAX_ENTRIES) {
    throw new FileError(
      `Expected at most ${MAX_ENTRIES} arrays in the file, got ${count}: save only those of the batch.`,
    );
  }
  const directory = new DataView(await file.slice(start, start + size).arrayBuffer());
  const entries: ZipEntry[] = [];
  let total = 0;
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_BYTES > directory.byteLength || directory.getUint32(at, true) !== ENTRY_SIGNATURE) throw broken();
    const entry = readEntry(directory, at);
    total += entry.bytes;
    if (total > MAX_BYTES) {
      throw new FileError(
        `Expected arrays of at most ${MAX_BYTES / 2 ** 30} GiB in total: save a part of the batch, such as every tenth sample.`,
      );
    }
    entries.push({ name: entry.name, data: await extract(file, entry) });
    at += entry.length;
  }
  return entries;
}

/** The directory is at the end, before a comment that is mostly empty. */
async function findDirectory(file: Blob) {
  const tailStart = Math.max(0, file.size - END_BYTES - MAX_COMMENT_BYTES);
  const tail = new DataView(await file.slice(tailStart).arrayBuffer());
  for (let at = tail.byteLength - END_BYTES; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END_SIGNATURE) continue;
    const [count, size, start] = [
      tail.getUint16(at + 10, true),
      tail.getUint32(at + 12, true),
      tail.getUint32(at + 16, true),
    ];
    if (start === IN_64_BITS || start + size > tailStart + at) throw broken();
    return { start, size, count };
  }
  throw broken();
}

interface DirectoryEntry {
  readonly name: string;
  readonly method: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  readonly localStart: number;
  /** Of the entry itself. */
  readonly length: number;
}

function readEntry(directory: DataView, at: number): DirectoryEntry {
  const u16 = (offset: number) => directory.getUint16(at + offset, true);
  const u32 = (offset: number) => directory.getUint32(at + offset, true);
  const nameBytes = u16(28);
  const length = ENTRY_BYTES + nameBytes + u16(30) + u16(32);
  if (at + length > directory.byteLength) throw broken();
  const name = new TextDecoder().decode(new Uint8Array(directory.buffer, at + ENTRY_BYTES, nameBytes));
  const [compressedBytes, bytes, localStart] = [u32(20), u32(24), u32(42)];
  if ([compressedBytes, bytes, localStart].includes(IN_64_BITS)) {
    throw new FileError(`Expected arrays below 4 GiB, got a larger one: ${name}. Save a part of the batch.`);
  }
  if (u16(8) & 1) throw new FileError(`${name} is encrypted in the file. Save it with np.savez.`);
  return { name, method: u16(10), compressedBytes, bytes, localStart, length };
}

async function extract(
  file: Blob,
  { name, method, compressedBytes, bytes, localStart }: DirectoryEntry,
): Promise<Blob> {
  const local = new DataView(await file.slice(localStart, localStart + LOCAL_BYTES).arrayBuffer());
  if (local.byteLength < LOCAL_BYTES) throw broken();
  const start = localStart + LOCAL_BYTES + local.getUint16(26, true) + local.getUint16(28, true);
  if (start + compressedBytes > file.size) throw broken();
  const data = file.slice(start, start + compressedBytes);
  if (method === STORED && compressedBytes === bytes) return data;
  if (method !== DEFLATED) {
    throw new FileError(`${name} is compressed in a way that NumPy does not use. Save it with np.savez.`);
  }
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  try {
    const reader = data.stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      length += chunk.value.length;
      if (length > bytes) {
        await reader.cancel();
        break;
      }
      parts.push(chunk.value);
    }
  } catch {
    throw broken();
  }
  if (length !== bytes) throw broken();
  return new Blob(parts);
}

function broken(): FileError {
  return new FileError('The file is no whole .npz archive. Save or copy it again, with np.savez.');
}
