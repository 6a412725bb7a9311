import type { Batch } from '../loss/batch.ts';
import type { Memory } from '../loss/memory.ts';
import { summarize } from '../loss/summarize.ts';
import { type Answer, closeDurations, ROOM_FOR_FACTS } from './answer.ts';
import {
  arraysAmong,
  arrayTensors,
  bytesOf,
  fillFromSummary,
  inFileOrder,
  perClassTensors,
  placeTensors,
} from './answer-tensors.ts';
import { safetensorsHeaderBytes, writeSafetensorsHeader } from './safetensors-header.ts';

/**
 * An answer as a safetensors file: arrays and the breakdown are tensors, all the rest is JSON under the metadata's
 * `response`. Engines put the arrays where they lie in the file, behind room that is kept for the header.
 *
 * @param memory where the file goes
 */
export function safetensorsAnswer(batch: Batch, memory: Memory): Answer {
  const tensors = inFileOrder([...perClassTensors(batch), ...arrayTensors(batch)]);
  const class_names = batch.classNames && { class_names: batch.classNames };
  // JSON within JSON: the names are escaped twice.
  const nameBytes = Buffer.byteLength(JSON.stringify(JSON.stringify(class_names ?? {})));
  const headerBytes = safetensorsHeaderBytes(tensors, ROOM_FOR_FACTS + nameBytes);
  const file = memory.bytes(tensors.reduce((total, tensor) => total + bytesOf(tensor), headerBytes));
  const placed = placeTensors(tensors, file.subarray(headerBytes));

  return {
    arrays: arraysAmong(batch, placed),
    write(sums, { engine, durations }) {
      const start = performance.now();
      const summary = summarize(batch, sums);
      fillFromSummary(placed, summary);
      const { per_class: _, ...rest } = summary;
      const response = { ...rest, ...class_names, engine, duration_ms: closeDurations(durations, start) };
      writeSafetensorsHeader(file.subarray(0, headerBytes), tensors, { response: JSON.stringify(response) });
      return Buffer.from(file.buffer, file.byteOffset, file.byteLength);
    },
  };
}
