import type { StoredTensor } from './stored-tensor.ts';

const LENGTH_BYTES = 8;
/** Such a header has some 100 000 tensors. */
const MAX_HEADER_BYTES = 16 * 2 ** 20;

export interface SafetensorsFile {
  readonly tensors: readonly StoredTensor[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Reads the header of a safetensors file, but not its tensors. Null if the file is not a valid one. */
export async function readSafetensors(file: Blob): Promise<SafetensorsFile | null> {
  const prefix = await file.slice(0, LENGTH_BYTES).arrayBuffer();
  if (prefix.byteLength < LENGTH_BYTES) return null;
  const headerBytes = new DataView(prefix).getBigUint64(0, true);
  if (headerBytes > Math.min(file.size - LENGTH_BYTES, MAX_HEADER_BYTES)) return null;

  const dataStart = LENGTH_BYTES + Number(headerBytes);
  const header = parseObject(await file.slice(LENGTH_BYTES, dataStart).text());
  if (!header) return null;
  const { __metadata__: metadata = null, ...entries } = header;
  const tensors = Object.entries(entries).map(([name, entry]) => readEntry(name, entry, file, dataStart));
  if (tensors.includes(null) || !isTexts(metadata)) return null;
  const ofTensors = (tensors as StoredTensor[]).reduce((sum, { data }) => sum + data.size, 0);
  // Gaps and overlaps are errors, which the service finds in the file as it is.
  return ofTensors === file.size - dataStart ? { tensors: tensors as StoredTensor[], metadata: metadata ?? {} } : null;
}

function readEntry(name: string, entry: unknown, file: Blob, dataStart: number): StoredTensor | null {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof dtype !== 'string' || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) return null;
  const [begin, end] = offsets as readonly [number, number];
  if (begin > end || dataStart + end > file.size) return null;
  return { name, dtype, shape, data: file.slice(dataStart + begin, dataStart + end) };
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function isTexts(metadata: unknown): metadata is Readonly<Record<string, string>> | null {
  if (metadata === null) return true;
  return typeof metadata === 'object' && Object.values(metadata).every((text) => typeof text === 'string');
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
