import { isUtf8 } from 'node:buffer';
import { ServiceError } from '../../core/service-error.ts';
import { describeValue } from '../../core/validation-issues.ts';
import { formatShape, product } from '../../loss/tensor.ts';
import { DTYPE_BYTES, type Dtype } from '../dtype.ts';
import { JsonCursor } from '../json/json-cursor.ts';
import { jsonCure, rejectZip } from '../other-format.ts';
import type { RawTensor } from '../raw-tensor.ts';
import { type HeaderEntry, recentHeaders, type SafetensorsHeader } from './recent-headers.ts';

/** The content of a file. */
export interface Safetensors {
  /** In the order of their data. */
  readonly tensors: ReadonlyMap<string, RawTensor>;
  /** It has no prototype, so that every missing name is undefined, even `constructor`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** How long the header is. */
  readonly headerBytes: number;
}

/** A file starts with the length of its header as a little-endian u64; the header follows. */
export const LENGTH_BYTES = 8;
/** The reference implementation allows 100 MB, for models. This is enough for 20 000 class names of 200 bytes each. */
export const MAX_SAFETENSORS_HEADER_BYTES = 4 * 1024 * 1024;
/** The most tensors, or metadata. Objects with hundreds of thousands of short names take many times the memory of their text. */
const MAX_NAMES = 1024;
/** No library supports more. */
const MAX_AXES = 64;
/** The longest character in UTF-8. */
const MAX_CHARACTER_BYTES = 4;

/**
 * Reads a safetensors file (https://github.com/huggingface/safetensors#format) and checks all of it: names are distinct,
 * dtypes known, shapes as large as their data, and the tensors cover the data without a gap or an overlap.
 *
 * @param file may lie in shared memory
 * @returns tensors that are views of `file`; they may start at any byte
 * @throws {ServiceError} `malformed_body`, which names the tensor and says what was expected of it
 */
export function readSafetensors(file: Uint8Array): Safetensors {
  const headerBytes = readHeaderLength(file);
  const dataStart = LENGTH_BYTES + headerBytes;
  const { entries, metadata } = readRecentHeader(file.subarray(LENGTH_BYTES, dataStart));
  return { tensors: cutTensors(entries, file.subarray(dataStart)), metadata, headerBytes };
}

/** @throws {ServiceError} `malformed_body`, or `unsupported_media_type` if it is a zip archive */
export function readHeaderLength(file: Uint8Array): number {
  if (file.length < LENGTH_BYTES) {
    throw malformed(
      `The safetensors file: expected ${LENGTH_BYTES} bytes that give the length of its header, got ${file.length} bytes in all`,
    );
  }
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  const rest = file.length - LENGTH_BYTES;
  if (length > rest) {
    rejectZip(file, 'a safetensors file');
    throw malformed(
      `The safetensors file: its first ${LENGTH_BYTES} bytes announce a header of ${length} bytes, and ${rest} bytes follow${jsonCure(file) || ': it was cut short, or is no safetensors file'}`,
    );
  }
  if (length > MAX_SAFETENSORS_HEADER_BYTES) {
    rejectZip(file, 'a safetensors file');
    throw malformed(`The safetensors header: expected at most ${MAX_SAFETENSORS_HEADER_BYTES} bytes, got ${length}`);
  }
  return Number(length);
}

function readRecentHeader(bytes: Uint8Array): SafetensorsHeader {
  const recent = recentHeaders.find(bytes);
  if (recent) return recent;
  const header = readHeader(bytes);
  recentHeaders.add(bytes, header);
  return header;
}

function readHeader(bytes: Uint8Array): SafetensorsHeader {
  if (!isUtf8(bytes)) throw malformed('The safetensors header: its bytes are not UTF-8');
  const [first] = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8', 0, MAX_CHARACTER_BYTES);
  if (first !== '{') {
    throw malformed(`The safetensors header: expected it to start with "{", got ${describeValue(first)}`);
  }

  const header = new JsonCursor(bytes);
  const entries: HeaderEntry[] = [];
  let metadata: Record<string, string> = Object.create(null);
  for (const name of header.members('The safetensors header', MAX_NAMES)) {
    if (name !== '__metadata__') entries.push(readEntry(header, name));
    else if (!header.null()) metadata = readMetadata(header); // MLX writes null for none.
  }
  header.end('The safetensors header');
  return { entries: entries.sort((a, b) => a.begin - b.begin || a.end - b.end), metadata };
}

function readMetadata(header: JsonCursor): Record<string, string> {
  const metadata: Record<string, string> = Object.create(null);
  for (const key of header.members('"__metadata__"', MAX_NAMES)) {
    metadata[key] = header.string(`"__metadata__", ${describeValue(key)}`);
  }
  return metadata;
}

function readEntry(header: JsonCursor, name: string): HeaderEntry {
  const where = `Tensor ${describeValue(name)}`;
  let dtype: Dtype | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  for (const field of header.members(where, MAX_NAMES)) {
    if (field === 'dtype') dtype = readDtype(header, `${where}, dtype`);
    else if (field === 'shape') shape = header.integers(`${where}, shape`, MAX_AXES);
    else if (field === 'data_offsets') offsets = header.integers(`${where}, data_offsets`, 2);
    else throw malformed(`${where}: expected dtype, shape and data_offsets alone, got ${describeValue(field)}`);
  }
  if (dtype === undefined || shape === undefined || offsets === undefined) {
    const missing = dtype === undefined ? 'dtype' : shape === undefined ? 'shape' : 'data_offsets';
    throw malformed(`${where}: expected dtype, shape and data_offsets, got no ${missing}`);
  }

  const [begin, end] = offsets;
  if (begin === undefined || end === undefined || begin > end) {
    throw malformed(`${where}, data_offsets: expected [begin, end] with begin ≤ end, got ${formatShape(offsets)}`);
  }
  checkSize(where, dtype, shape, end - begin);
  return { name, dtype, shape, begin, end };
}

function readDtype(header: JsonCursor, where: string): Dtype {
  const dtype = header.string(where);
  if (Object.hasOwn(DTYPE_BYTES, dtype)) return dtype as Dtype;
  throw malformed(`${where}: expected one of ${Object.keys(DTYPE_BYTES).join(', ')}, got ${describeValue(dtype)}`);
}

/** A product beyond 2^53 is rounded, but stays beyond 2^53. So no overflow goes unnoticed. */
function checkSize(where: string, dtype: Dtype, shape: readonly number[], span: number): void {
  const bytes = product(shape) * DTYPE_BYTES[dtype];
  if (bytes === span) return;
  const expected = Number.isSafeInteger(bytes) ? `${bytes} bytes` : 'more bytes than any file has';
  throw malformed(
    `${where}, data_offsets: expected ${expected} for shape ${formatShape(shape)} of ${dtype}, got ${span}`,
  );
}

/** Cuts the data into the tensors, which must cover it from its first byte to its last. */
function cutTensors(entries: readonly HeaderEntry[], data: Uint8Array): Map<string, RawTensor> {
  const tensors = new Map<string, RawTensor>();
  let covered = 0;
  let behind = 'the data starts';
  for (const { name, dtype, shape, begin, end } of entries) {
    if (begin !== covered) {
      const fault = begin > covered ? 'a gap' : 'an overlap';
      throw malformed(
        `Tensor ${describeValue(name)}, data_offsets: expected it to begin at ${covered}, where ${behind}, got ${begin}: ${fault}`,
      );
    }
    if (end > data.length) {
      throw malformed(
        `Tensor ${describeValue(name)}, data_offsets: expected it to end within the ${data.length} bytes behind the header, got ${end}`,
      );
    }
    tensors.set(name, { dtype, shape, bytes: data.subarray(begin, end) });
    covered = end;
    behind = `tensor ${describeValue(name)} ends`;
  }
  if (covered < data.length) {
    throw malformed(
      `The safetensors file: expected ${covered} bytes behind the header, where ${behind}, got ${data.length}`,
    );
  }
  return tensors;
}

function malformed(message: string): ServiceError {
  return new ServiceError('malformed_body', message);
}
