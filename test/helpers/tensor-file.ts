import type { Dtype } from '../../src/codecs/dtype.ts';
import { product } from '../../src/loss/tensor.ts';

// safetensors files for tests, written and read without the code that is tested.

export interface FileTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** F16 and BF16 are written and read as bits. */
  readonly values: readonly (number | bigint)[];
}
export type FileTensors = Readonly<Record<string, FileTensor>>;

const ARRAYS = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I64: BigInt64Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U64: BigUint64Array,
  U32: Uint32Array,
  U16: Uint16Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
};

export function encoded(dtype: Dtype, values: readonly (number | bigint)[]): Buffer {
  const array = (ARRAYS[dtype] as unknown as { from(values: readonly unknown[]): Uint8Array }).from(
    values.map((value) => (dtype === 'I64' || dtype === 'U64' ? BigInt(value) : Number(value))),
  );
  return Buffer.from(array.buffer);
}

export function decoded(dtype: Dtype, bytes: Uint8Array): (number | bigint)[] {
  return [...new ARRAYS[dtype](Uint8Array.from(bytes).buffer)];
}

export function tensorFile(tensors: FileTensors, metadata: Record<string, string> = {}): Buffer {
  const entries: Record<string, object> = { __metadata__: metadata };
  const data: Buffer[] = [];
  let offset = 0;
  for (const [name, { dtype, shape, values }] of Object.entries(tensors)) {
    const bytes = encoded(dtype, values);
    entries[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
    data.push(bytes);
  }
  const header = Buffer.from(JSON.stringify(entries));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, ...data]);
}

export interface ReadFile {
  readonly tensors: Readonly<Record<string, FileTensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

export function readTensorFile(file: Buffer): ReadFile {
  const dataStart = 8 + Number(file.readBigUInt64LE());
  const { __metadata__: metadata = {}, ...entries } = JSON.parse(file.subarray(8, dataStart).toString());
  const tensors: Record<string, FileTensor> = {};
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, data_offsets } = entry as { dtype: Dtype; shape: number[]; data_offsets: [number, number] };
    const [begin, end] = data_offsets;
    const values = decoded(dtype, file.subarray(dataStart + begin, dataStart + end));
    if (values.length !== product(shape)) throw new Error(`${name}: ${values.length} values in ${shape}`);
    tensors[name] = { dtype, shape, values };
  }
  return { tensors, metadata };
}
