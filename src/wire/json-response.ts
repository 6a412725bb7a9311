import { z } from 'zod';
import type { Batch } from '../loss/batch.ts';
import { type ArrayOutput, type Evaluation, requestedArrays } from '../loss/evaluation.ts';
import { product } from '../loss/layout.ts';
import { freshMemory, type Memory } from '../loss/memory.ts';
import { summarySchema } from '../loss/result.ts';
import { summarize } from '../loss/summarize.ts';
import { CLOSE_ARRAY, COMMA, OPEN_ARRAY } from './ascii.ts';
import { MAX_FLOAT32_TEXT, writeFloat32 } from './float32-text.ts';
import { TENSOR } from './json-request.ts';

const tensor = (description: string) =>
  z
    .unknown()
    .meta({ ...TENSOR, description })
    .optional();
const milliseconds = (description: string) => z.number().describe(description);

const engineSchema = z.strictObject({
  name: z.string().describe('The engine rung that computed this answer.'),
  device: z.string(),
});

const durationSchema = z.strictObject({
  queue: milliseconds('Waiting for an engine thread.'),
  decode: milliseconds('Bytes to checked tensors.'),
  compute: milliseconds('In the engine thread.'),
  encode: milliseconds('Arrays to bytes.'),
});

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

export type AnsweringEngine = z.output<typeof engineSchema>;
export type Durations = z.output<typeof durationSchema>;

const FIELD_OF: Record<ArrayOutput, string> = {
  gradients: 'gradients',
  elementwise: 'elementwise',
  hessian: 'hessian_diagonal',
};

/**
 * Writes an answer. Arrays go from typed array to text, number by number, with no JavaScript array between.
 *
 * @param memory where the text is written
 * @returns the text, a view of that memory
 */
export function writeJsonResponse(
  batch: Batch,
  evaluation: Evaluation,
  engine: AnsweringEngine,
  durations: Omit<Durations, 'encode'>,
  memory: Memory = freshMemory,
): Buffer {
  const start = performance.now();
  const { per_class, ...summary } = summarize(batch, evaluation.sums);
  const head = JSON.stringify(summary).slice(0, -1);
  const breakdown = per_class === undefined ? '' : `,"per_class":${JSON.stringify(per_class)}`;
  const arrays = requestedArrays(batch).map((output) => ({
    name: FIELD_OF[output],
    values: evaluation.arrays[output]!,
    shape: output === 'elementwise' && batch.activation === 'softmax' ? batch.sampleShape : batch.shape,
  }));

  const room = arrays.reduce((total, { values, shape }) => total + roomForArray(values, shape), 0);
  // What JSON.stringify wrote may have names in it, of up to 3 bytes a character.
  const lent = memory.bytes(3 * (head.length + breakdown.length) + room + ROOM_FOR_TAIL);
  const text = Buffer.from(lent.buffer, lent.byteOffset, lent.byteLength);
  let at = text.write(head);
  for (const { name, values, shape } of arrays) {
    at += text.write(`,"${name}":`, at);
    at = writeArray(text, at, values, shape);
  }
  at += text.write(breakdown, at);
  const duration_ms = rounded({ ...durations, encode: performance.now() - start });
  at += text.write(`,${JSON.stringify({ engine, duration_ms }).slice(1)}`, at);
  return text.subarray(0, at);
}

/** For the engine's name and device and four durations. */
const ROOM_FOR_TAIL = 2048;

/** The name, the numbers with a comma each, and the brackets of all rows with theirs. */
function roomForArray(values: Float32Array, shape: readonly number[]): number {
  const rows = shape.reduce((total, _, axis) => total + product(shape.slice(0, axis)), 0);
  return 32 + values.length * (MAX_FLOAT32_TEXT + 1) + rows * 3;
}

/** `[[…],…]` at `offset`; returns the offset behind it. */
function writeArray(text: Buffer, offset: number, values: Float32Array, shape: readonly number[]): number {
  let at = offset;
  let next = 0;
  const visit = (axis: number): void => {
    text[at++] = OPEN_ARRAY;
    for (let i = 0; i < shape[axis]!; i++) {
      if (i > 0) text[at++] = COMMA;
      if (axis === shape.length - 1) at = writeFloat32(text, at, values, next++);
      else visit(axis + 1);
    }
    text[at++] = CLOSE_ARRAY;
  };
  visit(0);
  return at;
}

/** Microseconds are as much as these mean. */
function rounded(durations: Durations): Durations {
  const micro = (ms: number) => Math.round(ms * 1000) / 1000;
  const { queue, decode, compute, encode } = durations;
  return { queue: micro(queue), decode: micro(decode), compute: micro(compute), encode: micro(encode) };
}
