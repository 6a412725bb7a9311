import { DTYPE_BYTES } from './dtypes.ts';
import { FileError } from './file-error.ts';
import { readNpyHeader } from './npy-header.ts';
import { elementCount, mapChunks, type StoredTensor } from './stored-tensor.ts';

/** NumPy's types without their byte order. ml_dtypes saves its bfloat16 as two bytes of no type. */
const DTYPES: Readonly<Record<string, string>> = {
  f8: 'F64',
  f4: 'F32',
  f2: 'F16',
  V2: 'BF16',
  i8: 'I64',
  i4: 'I32',
  i2: 'I16',
  i1: 'I8',
  u8: 'U64',
  u4: 'U32',
  u2: 'U16',
  u1: 'U8',
  b1: 'BOOL',
};

/** An array in another order is reordered in memory. */
const MAX_REORDERED_BYTES = 512 * 2 ** 20;
/** An array of texts: names of classes, or an option. */
const MAX_TEXT_BYTES = 32 * 2 ** 20;

/** A .npy file: numbers, or one text or a list of texts. */
export type NpyArray = StoredTensor | { readonly name: string; readonly texts: string | readonly string[] };

/** @throws {FileError} if the array is not of numbers or texts, or not whole */
export async function readNpy(name: string, file: Blob): Promise<NpyArray> {
  const { descr, fortranOrder, shape, dataStart } = await readNpyHeader(name, file);
  const [order, type] = [descr[0]!, descr.slice(1)];
  const data = file.slice(dataStart);
  if (type.startsWith('U')) return { name, texts: await readTexts(name, data, Number(type.slice(1)), order, shape) };

  const dtype = DTYPES[type];
  const bytes = dtype === undefined ? undefined : DTYPE_BYTES[dtype];
  if (dtype === undefined || bytes === undefined) {
    const cure = type.startsWith('O') ? 'np.asarray(…, dtype=np.float32)' : '.astype(np.float32)';
    throw new FileError(
      `Expected ${name} to have numbers, got the type ${descr}: convert it by ${cure} before saving.`,
    );
  }
  const expected = elementCount(shape) * bytes;
  if (data.size !== expected) {
    throw new FileError(
      `Expected ${expected} bytes of numbers in ${name}, as its shape (${shape.join(', ')}) and type ${descr} need; got ${data.size}. Save or copy it again.`,
    );
  }
  const isBigEndian = order === '>' && bytes > 1;
  const little = isBigEndian ? await mapChunks(data, (chunk) => swapBytes(chunk, bytes)) : data;
  const isColumnMajor = fortranOrder && shape.length > 1;
  return { name, dtype, shape, data: isColumnMajor ? await toRowMajor(name, little, shape, bytes) : little };
}

function swapBytes(chunk: ArrayBuffer, bytes: number): ArrayBuffer {
  const array = new Uint8Array(chunk);
  for (let start = 0; start < array.length; start += bytes) array.subarray(start, start + bytes).reverse();
  return chunk;
}

async function toRowMajor(name: string, data: Blob, shape: readonly number[], bytes: number): Promise<Blob> {
  if (data.size > MAX_REORDERED_BYTES) {
    throw new FileError(
      `${name} is in Fortran order and larger than ${MAX_REORDERED_BYTES / 2 ** 20} MiB: save np.ascontiguousarray(…) of it.`,
    );
  }
  const from = new Uint8Array(await data.arrayBuffer());
  const to = new Uint8Array(from.length);
  // The distance of neighbors along each axis: the first axis is the fastest.
  const strides = shape.map((_, axis) => elementCount(shape.slice(0, axis)));
  const index = shape.map(() => 0);
  let source = 0;
  for (let target = 0; target < to.length; target += bytes) {
    for (let byte = 0; byte < bytes; byte++) to[target + byte] = from[source * bytes + byte]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      source += strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      source -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return new Blob([to]);
}

/** Texts are code points of 32 bits, filled up with zeros. */
async function readTexts(
  name: string,
  data: Blob,
  length: number,
  order: string,
  shape: readonly number[],
): Promise<string | readonly string[]> {
  const count = elementCount(shape);
  if (shape.length > 1 || data.size !== count * length * 4 || data.size > MAX_TEXT_BYTES) {
    throw new FileError(`Expected ${name} to have numbers, or to be one list of names; got texts of shape (${shape}).`);
  }
  const view = new DataView(await data.arrayBuffer());
  const texts = Array.from({ length: count }, (_, i) => {
    let text = '';
    for (let at = 0; at < length; at++) {
      const point = view.getUint32((i * length + at) * 4, order !== '>');
      if (point === 0 || point > 0x10ffff) break;
      text += String.fromCodePoint(point);
    }
    return text;
  });
  return shape.length === 0 ? (texts[0] ?? '') : texts;
}
