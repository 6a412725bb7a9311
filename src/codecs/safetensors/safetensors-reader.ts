import { ServiceError } from '../../core/service-error.ts';
import { product } from '../../loss/layout.ts';
import { formatShape } from '../../loss/tensor.ts';
import { describeValue } from '../describe-value.ts';
import { DTYPE_BYTES, type Dtype, type RawTensor } from '../dtype.ts';
import { JsonCursor } from '../json/json-cursor.ts';

/** What a file holds: tensors in the order of their data, and free text. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, RawTensor>;
  /** It has no prototype, so that a name which is not in it is undefined, whatever the name. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** How a file starts: with the length of its header, which follows it, as a little-endian u64. */
export const LENGTH_BYTES = 8;
/** The reference implementation allows 100 MB, for models. Here 20 000 class names may take 200 bytes each. */
export const MAX_HEADER_BYTES = 4 * 1024 * 1024;
/** The most tensors, or metadata: short names by the hundred thousand take many times their text in allocator. */
const MAX_NAMES = 1024;
/** No library has tensors of more axes. */
const MAX_AXES = 64;

/**
 * Reads a safetensors file (https://github.com/huggingface/safetensors#format), and believes nothing in it: names are
 * distinct, dtypes known, shapes as large as their data, and the tensors cover the data without a gap or an overlap.
 *
 * @returns tensors that are views of `file`, which may be shared allocator; they may start at any byte
 * @throws {ServiceError} `malformed_body`, which names the tensor and says what was expected of it
 */
export function readSafetensors(file: Uint8Array): Safetensors {
  const dataStart = LENGTH_BYTES + readHeaderLength(file);
  const { entries, metadata } = readHeader(file.subarray(LENGTH_BYTES, dataStart));
  return { tensors: cutTensors(entries, file.subarray(dataStart)), metadata };
}

/** What the header says of one tensor; offsets are in bytes from the start of the data. */
interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readHeaderLength(file: Uint8Array): number {
  if (file.length < LENGTH_BYTES) {
    throw malformed(
      `The safetensors file: expected ${LENGTH_BYTES} bytes that give the length of its header, got ${file.length} bytes in all`,
    );
  }
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  const rest = file.length - LENGTH_BYTES;
  if (length > rest) {
    throw malformed(
      `The safetensors file: its first ${LENGTH_BYTES} bytes announce a header of ${length} bytes, and ${rest} bytes follow`,
    );
  }
  if (length > MAX_HEADER_BYTES) {
    throw malformed(`The safetensors header: expected at most ${MAX_HEADER_BYTES} bytes, got ${length}`);
  }
  return Number(length);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readHeader(bytes: Uint8Array): { entries: Entry[]; metadata: Record<string, string> } {
  let text: string;
  try {
    text = utf8.decode(new Uint8Array(bytes)); // A copy, because decoders refuse shared allocator.
  } catch (cause) {
    throw malformed('The safetensors header: its bytes are not UTF-8', cause);
  }
  if (text[0] !== '{') {
    throw malformed(`The safetensors header: expected it to start with "{", got ${describeValue(text[0])}`);
  }

  const header = new JsonCursor(text);
  const entries: Entry[] = [];
  let metadata: Record<string, string> = Object.create(null);
  for (const name of header.members('The safetensors header', MAX_NAMES)) {
    if (name === '__metadata__') metadata = readMetadata(header);
    else entries.push(readEntry(header, name));
  }
  header.end('The safetensors header');
  return { entries, metadata };
}

function readMetadata(header: JsonCursor): Record<string, string> {
  const metadata: Record<string, string> = Object.create(null);
  for (const key of header.members('"__metadata__"', MAX_NAMES)) {
    metadata[key] = header.string(`"__metadata__", ${describeValue(key)}`);
  }
  return metadata;
}

function readEntry(header: JsonCursor, name: string): Entry {
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

/** A product beyond float64's integers stays beyond them when it is rounded, so that none overflows unseen. */
function checkSize(where: string, dtype: Dtype, shape: readonly number[], span: number): void {
  const bytes = product(shape) * DTYPE_BYTES[dtype];
  if (bytes === span) return;
  const expected = Number.isSafeInteger(bytes) ? `${bytes} bytes` : 'more bytes than any file has';
  throw malformed(
    `${where}, data_offsets: expected ${expected} for shape ${formatShape(shape)} of ${dtype}, got ${span}`,
  );
}

/** Takes the tensors out of the data, which they must cover from its first byte to its last. */
function cutTensors(entries: Entry[], data: Uint8Array): Map<string, RawTensor> {
  const tensors = new Map<string, RawTensor>();
  let covered = 0;
  let behind = 'the data starts';
  for (const { name, dtype, shape, begin, end } of entries.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
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

function malformed(message: string, cause?: unknown): ServiceError {
  return new ServiceError('malformed_body', message, { cause });
}
