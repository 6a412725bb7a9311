import { z } from 'zod';
import { type Allocator, unpooled } from '../../core/allocator.ts';
import { toFloat32 } from '../../core/float16/float16.ts';
import type { Batch } from '../../loss/batch.ts';
import { allocateResults, resultFormat, type Totals } from '../../loss/evaluation.ts';
import { summarySchema } from '../../loss/result.ts';
import { summarize } from '../../loss/summarize.ts';
import { TENSOR } from '../request-schema.ts';
import {
  closeDurations,
  durationSchema,
  type EncodedResponse,
  engineSchema,
  MAX_NUMBER_TEXT,
  maxFactsBytes,
  type ResponseFacts,
  type ResponsePlan,
} from '../response-plan.ts';
import { arrayTensors, numbersIn, perClassTensors } from '../response-tensors.ts';
import { checkJsonNumbers } from './json-response-limit.ts';
import { maxTensorTextBytes, writeTensor } from './tensor-text.ts';

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

export interface JsonPlan extends ResponsePlan<'json'> {
  readonly text: Uint8Array;
}

/** A class's entry in the breakdown, without its name: 20 numbers and what stands between them. */
const MAX_CLASS_BYTES = 1024;

/**
 * An answer in JSON.
 *
 * @param allocator where the arrays and the text go
 * @throws {ServiceError} where the arrays are too long for text
 */
export function planJson(batch: Batch, allocator: Allocator = unpooled): JsonPlan {
  const tensors = arrayTensors(batch);
  checkJsonNumbers(numbersIn(tensors));
  const arrays = allocateResults(batch, allocator);
  const texts = tensors.map(({ name, shape }) => name.length + 4 + maxTensorTextBytes(shape));
  const names = Buffer.byteLength(JSON.stringify(batch.classNames ?? []));
  const breakdown = batch.outputs.includes('per_class') ? MAX_CLASS_BYTES * batch.layout.classes + names : 0;
  const alpha = MAX_NUMBER_TEXT * (batch.schemeAlpha?.length ?? 0);
  const text = allocator.bytes(texts.reduce((total, bytes) => total + bytes, alpha + breakdown + maxFactsBytes(batch)));
  const writtenNumbers = numbersIn([...tensors, ...perClassTensors(batch)]);
  return { format: 'json', batch, arrays, writtenNumbers, text };
}

/** Arrays go from typed array to text, with no JavaScript array between. */
export function writeJson(
  { batch, arrays, text: room }: JsonPlan,
  totals: Totals,
  { engine, durations }: ResponseFacts,
): EncodedResponse {
  const start = performance.now();
  const { per_class, ...summary } = summarize(batch, totals);
  const text = Buffer.from(room.buffer, room.byteOffset, room.byteLength);
  let at = text.write(JSON.stringify(summary).slice(0, -1));
  for (const { name, shape, output } of arrayTensors(batch)) {
    at += text.write(`,"${name}":`, at);
    at = writeTensor(text, at, toFloat32(arrays[output]!, resultFormat(batch, output)), shape);
  }
  if (per_class !== undefined) at += text.write(`,"per_class":${JSON.stringify(per_class)}`, at);
  const duration_ms = closeDurations(durations, start);
  at += text.write(`,${JSON.stringify({ engine, duration_ms }).slice(1)}`, at);
  return { bytes: text.subarray(0, at) };
}
