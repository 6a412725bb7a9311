import { openSync } from 'node:fs';
import type { StoredFloats } from '../../../src/core/float-format.ts';
import { inRegion } from '../../../src/core/shared-memory/region-numbers.ts';
import type { Batch } from '../../../src/loss/batch.ts';
import { outputLength, type RegionArrays, requestedArrays, resultFormat } from '../../../src/loss/evaluation.ts';
import { bytesOf, SharedObject } from '../core/shared-object.ts';

/** What lies around the tensors, and must stay. */
const CANARY = 0x5a;
/** Tensors start at odd bytes. */
const GAP = 13;

/** A batch whose logits and arrays lie in one shared memory object. */
export interface RegionBatch {
  readonly batch: Batch;
  readonly arrays: RegionArrays;
  readonly object: SharedObject;
  /** The bytes of an array. */
  read(output: keyof RegionArrays): Buffer;
  /** Whether the bytes between the tensors are what they were. */
  isIntact(): boolean;
}

export function inSharedMemory(batch: Batch): RegionBatch {
  const logits = bytesOf(batch.predictions as StoredFloats);
  const lengths = requestedArrays(batch).map((output) => {
    const format = resultFormat(batch, output);
    return { output, format, byteLength: outputLength(batch, output) * (format === 'F32' ? 4 : 2) };
  });
  const size = lengths.reduce((total, { byteLength }) => total + byteLength + GAP, logits.length + 2 * GAP);
  const object = new SharedObject(Buffer.alloc(size, CANARY));
  object.write(GAP, logits);
  const fd = openSync(object.path, 'r+');
  const place = (tensor: string, position: number, byteLength: number) => {
    return { tensor, region: 'r', fd, inode: 1, offset: position, position, byteLength };
  };
  let at = 2 * GAP + logits.length;
  const arrays = Object.fromEntries(
    lengths.map(({ output, format, byteLength }) => {
      const numbers = inRegion(place(output, at, byteLength), format);
      at += byteLength + GAP;
      return [output, numbers];
    }),
  );
  const gaps = [0, ...[...Object.values(arrays)].map(({ position }) => position - GAP), size - GAP];
  return {
    batch: { ...batch, predictions: inRegion(place('logits', GAP, logits.length), batch.predictionsFormat) },
    arrays,
    object,
    read: (output) => object.read(arrays[output]!.position, arrays[output]!.byteLength),
    isIntact: () =>
      gaps.every((gap) => object.read(gap, GAP).equals(Buffer.alloc(GAP, CANARY))) &&
      object.read(GAP, logits.length).equals(logits) &&
      object.size === size,
  };
}
