import { DTYPE_BYTES, type Dtype } from '../../../src/codecs/dtype.ts';
import { safetensorsHeaderBytes, writeSafetensorsHeader } from '../../../src/codecs/safetensors/safetensors-header.ts';
import { product } from '../../../src/loss/tensor.ts';

/** A file with any text for a header, made without the code that is tested. */
export function fileWith(header: string | Uint8Array, data: Uint8Array = new Uint8Array()): Buffer {
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

export interface TestTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

export function byteCount({ dtype, shape }: Pick<TestTensor, 'dtype' | 'shape'>): number {
  return product(shape) * DTYPE_BYTES[dtype];
}

/** A file by the service's own writer, in shared memory as in production; its data counts up from 0, modulo 251. */
export function writtenFile(tensors: readonly TestTensor[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const dataStart = safetensorsHeaderBytes(tensors, Buffer.byteLength(JSON.stringify(metadata)));
  const total = tensors.reduce((sum, tensor) => sum + byteCount(tensor), dataStart);
  const file = new Uint8Array(new SharedArrayBuffer(total));
  for (let i = dataStart; i < total; i++) file[i] = (i - dataStart) % 251;
  writeSafetensorsHeader(file.subarray(0, dataStart), tensors, metadata);
  return file;
}
