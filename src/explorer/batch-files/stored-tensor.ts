import { DTYPE_BYTES, decodeNumbers } from './dtypes.ts';

/** A tensor whose numbers stay in the file, or in memory of the browser, until they are sent: little endian, row major. */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Blob;
}

/** So many bytes are in memory at a time. It is a multiple of the bytes of every dtype. */
const CHUNK_BYTES = 4 * 2 ** 20;

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Reads a tensor of any size, part by part. */
export async function* numbersOf({ dtype, data }: StoredTensor): AsyncGenerator<ArrayLike<number>> {
  for await (const bytes of chunksOf(data)) yield decodeNumbers(dtype, bytes);
}

/** Rewrites a tensor of any size, part by part. The browser may keep the parts on disk. */
export async function mapChunks(data: Blob, map: (bytes: ArrayBuffer) => ArrayBuffer): Promise<Blob> {
  const parts: Blob[] = [];
  for await (const bytes of chunksOf(data)) parts.push(new Blob([map(bytes)]));
  return new Blob(parts);
}

async function* chunksOf(data: Blob): AsyncGenerator<ArrayBuffer> {
  for (let start = 0; start < data.size; start += CHUNK_BYTES) {
    yield await data.slice(start, start + CHUNK_BYTES).arrayBuffer();
  }
}

/** The dtype that holds all numbers of another less 1. Of floats it is the same. */
const WIDER: Readonly<Record<string, string>> = {
  BOOL: 'I8',
  U8: 'I16',
  I8: 'I16',
  U16: 'I32',
  I16: 'I32',
  U32: 'I64',
  I32: 'I64',
  U64: 'I64',
};
const ARRAYS = { I8: Int8Array, I16: Int16Array, I32: Int32Array, F32: Float32Array, F64: Float64Array };

/** Subtracts 1 from each number. Floats of 16 bits become float32, which holds the results. */
export async function subtractOne(tensor: StoredTensor): Promise<StoredTensor> {
  const isNarrow = tensor.dtype === 'F16' || tensor.dtype === 'BF16';
  const dtype = isNarrow ? 'F32' : (WIDER[tensor.dtype] ?? tensor.dtype);
  const data = await mapChunks(tensor.data, (bytes) => {
    const numbers = decodeNumbers(tensor.dtype, bytes);
    if (dtype === 'I64') return BigInt64Array.from(Array.from(numbers, (number) => BigInt(number) - 1n)).buffer;
    const array = new ARRAYS[dtype as keyof typeof ARRAYS](numbers.length);
    for (let i = 0; i < numbers.length; i++) array[i] = numbers[i]! - 1;
    return array.buffer;
  });
  return { ...tensor, dtype, data };
}

/** Whether the data has as many bytes as the shape needs. */
export function isWhole({ dtype, shape, data }: StoredTensor): boolean {
  return data.size === elementCount(shape) * (DTYPE_BYTES[dtype] ?? Number.NaN);
}
