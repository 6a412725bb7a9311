import { viewResults } from '../core/float-format.ts';
import type { Batch } from '../loss/batch.ts';
import { resultFormat, type StoredArrays } from '../loss/evaluation.ts';
import { product } from '../loss/layout.ts';
import type { Summary } from '../loss/result.ts';
import { DTYPE_BYTES } from './dtype.ts';
import { type ResponseTensor, summaryNumbers } from './response-tensors.ts';

// Where the tensors of a binary response lie: at its end, one after another, behind a header whose length is not yet known.

export interface PlacedTensor extends ResponseTensor {
  readonly bytes: Uint8Array;
}

/** Wide elements first: then all tensors are aligned if the first one is, without gaps between them. */
export function wideFirst<Tensor extends ResponseTensor>(tensors: readonly Tensor[]): Tensor[] {
  return tensors.toSorted((a, b) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype]);
}

export function tensorBytes({ dtype, shape }: ResponseTensor): number {
  return DTYPE_BYTES[dtype] * product(shape);
}

/** The bytes of all tensors together. */
export function totalTensorBytes(tensors: readonly ResponseTensor[]): number {
  return tensors.reduce((total, tensor) => total + tensorBytes(tensor), 0);
}

/** Places the tensors at the end of the buffer. */
export function placeTensors(tensors: readonly ResponseTensor[], buffer: Uint8Array): PlacedTensor[] {
  let at = buffer.length - totalTensorBytes(tensors);
  return tensors.map((tensor) => {
    const bytes = buffer.subarray(at, at + tensorBytes(tensor));
    at += bytes.length;
    return { ...tensor, bytes };
  });
}

/** Views those tensors that the engine writes as its arrays. */
export function viewArrays(batch: Batch, tensors: readonly PlacedTensor[]): StoredArrays {
  return Object.fromEntries(
    tensors.flatMap(({ output, bytes }) =>
      output === undefined ? [] : [[output, viewResults(resultFormat(batch, output), bytes)]],
    ),
  );
}

/** Writes those tensors that the engine does not write; null becomes NaN. */
export function writeSummaryTensors(tensors: readonly PlacedTensor[], summary: Summary): void {
  for (const { name, output, dtype, bytes } of tensors) {
    if (output !== undefined) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    summaryNumbers(summary, name).forEach((value, i) => {
      if (dtype === 'I64') view.setBigInt64(8 * i, BigInt(value!), true);
      else view.setFloat64(8 * i, value ?? Number.NaN, true);
    });
  }
}
