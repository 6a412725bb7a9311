import { z } from 'zod';
import type { Batch } from '../loss/batch.ts';
import type { ClassSums } from '../loss/class-sums.ts';
import { resultFormat, roomForResults, type StoredArrays } from '../loss/evaluation.ts';
import { toFloat32 } from '../loss/float-format.ts';
import { freshMemory, type Memory } from '../loss/memory.ts';
import { summarySchema } from '../loss/result.ts';
import { summarize } from '../loss/summarize.ts';
import {
  type Answer,
  type AnswerFacts,
  closeDurations,
  durationSchema,
  engineSchema,
  ROOM_FOR_FACTS,
} from './answer.ts';
import { arrayTensors } from './answer-tensors.ts';
import { TENSOR } from './request-schema.ts';
import { roomForTensor, writeTensor } from './tensor-text.ts';

const tensor = (description: string) =>
  z
    .unknown()
    .meta({ ...TENSOR, description })
    .optional();

/** The answer of `POST /v1/focal-loss` in JSON. */
export const jsonResponseSchema = summarySchema.extend({
  gradients: tensor('∂loss/∂input, in the shape of the predictions.'),
  elementwise: tensor(
    'Losses before the denominator: in the shape of the predictions for sigmoid, one per sample for softmax.',
  ),
  hessian_diagonal: tensor('∂²loss/∂input², in the shape of the predictions.'),
  engine: engineSchema,
  duration_ms: durationSchema,
});

/**
 * An answer in JSON. Arrays go from typed array to text, number by number, with no JavaScript array between.
 *
 * @param memory where the arrays and the text go
 */
export function jsonAnswer(batch: Batch, memory: Memory = freshMemory): Answer {
  const arrays = roomForResults(batch, memory);
  return { arrays, write: (sums, facts) => writeJson(batch, arrays, sums, facts, memory) };
}

function writeJson(
  batch: Batch,
  results: StoredArrays,
  sums: ClassSums,
  { engine, durations }: AnswerFacts,
  memory: Memory,
): Buffer {
  const start = performance.now();
  const { per_class, ...summary } = summarize(batch, sums);
  const head = JSON.stringify(summary).slice(0, -1);
  const breakdown = per_class === undefined ? '' : `,"per_class":${JSON.stringify(per_class)}`;
  const arrays = arrayTensors(batch).map(({ name, shape, source }) => ({
    name,
    shape,
    values: toFloat32(results[source]!, resultFormat(batch, source)),
  }));

  const room = arrays.reduce((total, { name, shape }) => total + name.length + 4 + roomForTensor(shape), 0);
  // What JSON.stringify wrote may have names in it, of up to 3 bytes a character.
  const lent = memory.bytes(3 * (head.length + breakdown.length) + room + ROOM_FOR_FACTS);
  const text = Buffer.from(lent.buffer, lent.byteOffset, lent.byteLength);
  let at = text.write(head);
  for (const { name, values, shape } of arrays) {
    at += text.write(`,"${name}":`, at);
    at = writeTensor(text, at, values, shape);
  }
  at += text.write(breakdown, at);
  const duration_ms = closeDurations(durations, start);
  at += text.write(`,${JSON.stringify({ engine, duration_ms }).slice(1)}`, at);
  return text.subarray(0, at);
}
