import type { Allocator } from '../../core/allocator.ts';
import type { Batch } from '../../loss/batch.ts';
import type { Totals } from '../../loss/evaluation.ts';
import { summarize } from '../../loss/summarize.ts';
import {
  closeDurations,
  type EncodedResponse,
  maxFactsBytes,
  type ResponseFacts,
  type ResponsePlan,
} from '../response-plan.ts';
import {
  arraysAmong,
  arrayTensors,
  bytesOf,
  fillFromSummary,
  inFileOrder,
  numbersIn,
  type PlacedTensor,
  perClassTensors,
  placeTensors,
} from '../response-tensors.ts';
import { safetensorsHeaderBytes, writeSafetensorsHeader } from './safetensors-header.ts';

export interface SafetensorsPlan extends ResponsePlan<'safetensors'> {
  readonly tensors: readonly PlacedTensor[];
  readonly file: Uint8Array;
  readonly headerBytes: number;
}

/**
 * An answer as a safetensors file: arrays and the breakdown are tensors, all the rest is JSON under the metadata's
 * `response`. Engines put the arrays where they lie in the file, behind room that is kept for the header.
 *
 * @param allocator where the file goes
 */
export function planSafetensors(batch: Batch, allocator: Allocator): SafetensorsPlan {
  const perClass = perClassTensors(batch);
  const tensors = inFileOrder([...perClass, ...arrayTensors(batch)]);
  // JSON within JSON: the names are escaped twice.
  const nameBytes = Buffer.byteLength(JSON.stringify(JSON.stringify(batch.classNames ?? [])));
  const headerBytes = safetensorsHeaderBytes(tensors, maxFactsBytes(batch) + nameBytes);
  const file = allocator.bytes(tensors.reduce((total, tensor) => total + bytesOf(tensor), headerBytes));
  const placed = placeTensors(tensors, file.subarray(headerBytes));
  return {
    format: 'safetensors',
    batch,
    arrays: arraysAmong(batch, placed),
    writtenNumbers: numbersIn(perClass),
    tensors: placed,
    file,
    headerBytes,
  };
}

export function writeSafetensors(
  { batch, tensors, file, headerBytes }: SafetensorsPlan,
  totals: Totals,
  { engine, durations }: ResponseFacts,
): EncodedResponse {
  const start = performance.now();
  const summary = summarize(batch, totals);
  fillFromSummary(tensors, summary);
  const { per_class: _, alpha: __, ...rest } = summary;
  const class_names = batch.classNames && { class_names: batch.classNames };
  const response = { ...rest, ...class_names, engine, duration_ms: closeDurations(durations, start) };
  writeSafetensorsHeader(file.subarray(0, headerBytes), tensors, { response: JSON.stringify(response) });
  return { bytes: file };
}
