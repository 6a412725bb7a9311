import { product } from '../../loss/tensor.ts';
import { DTYPE_BYTES } from '../dtype.ts';
import type { RawTensor } from '../raw-tensor.ts';
import { LENGTH_BYTES } from './safetensors-reader.ts';

/** A tensor that goes into a file. */
export interface SafetensorsEntry extends Omit<RawTensor, 'bytes'> {
  readonly name: string;
}

/** Headers are padded to a multiple of it, so that the data behind them is aligned for every dtype. */
const ALIGNMENT = 8;
const SPACE = 0x20;

/**
 * How many bytes to reserve for the header in front of the data. So the data can be computed in its final place before the
 * metadata is known, which may depend on it.
 *
 * @param metadataBytes the most bytes of UTF-8 that the metadata will take as JSON
 * @returns a multiple of 8
 */
export function safetensorsHeaderBytes(entries: readonly SafetensorsEntry[], metadataBytes: number): number {
  const bytes = LENGTH_BYTES + Buffer.byteLength(headerText(entries, '')) + metadataBytes;
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/**
 * Writes the header of a safetensors file (https://github.com/huggingface/safetensors#format), padded with spaces to
 * the end of `target`. The tensors' data must follow in the order of `entries`, without gaps.
 *
 * @param entries with distinct names, none of them `__metadata__`
 * @throws {RangeError} if `target` is too small
 */
export function writeSafetensorsHeader(
  target: Uint8Array,
  entries: readonly SafetensorsEntry[],
  metadata: Readonly<Record<string, string>>,
): void {
  const text = headerText(entries, JSON.stringify(metadata));
  const needed = LENGTH_BYTES + Buffer.byteLength(text);
  if (needed > target.length) {
    throw new RangeError(`The safetensors header needs ${needed} bytes, and ${target.length} are reserved`);
  }
  const file = Buffer.from(target.buffer, target.byteOffset, target.length);
  file.writeBigUInt64LE(BigInt(target.length - LENGTH_BYTES));
  file.write(text, LENGTH_BYTES);
  file.fill(SPACE, needed);
}

function headerText(entries: readonly SafetensorsEntry[], metadata: string): string {
  let offset = 0;
  const members = entries.map(({ name, dtype, shape }) => {
    const begin = offset;
    offset += product(shape) * DTYPE_BYTES[dtype];
    return `,${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape.join(',')}],"data_offsets":[${begin},${offset}]}`;
  });
  return `{"__metadata__":${metadata}${members.join('')}}`;
}
