import type { Allocator } from '../../core/allocator.ts';
import { RESULT_BYTES, viewResults } from '../../core/float-format.ts';
import type { Batch } from '../../loss/batch.ts';
import { resultFormat, type StoredArrays, type Totals } from '../../loss/evaluation.ts';
import { product } from '../../loss/layout.ts';
import type { Summary } from '../../loss/result.ts';
import { summarize } from '../../loss/summarize.ts';
import { checkJsonNumbers } from '../json/json-response-limit.ts';
import { maxTensorTextBytes, writeTensor } from '../json/tensor-text.ts';
import {
  closeDurations,
  type EncodedResponse,
  MAX_FACTS_BYTES,
  MAX_NUMBER_TEXT,
  type ResponseFacts,
  type ResponsePlan,
} from '../response-plan.ts';
import {
  arraysAmong,
  bytesOf,
  fillFromSummary,
  numbersIn,
  type PlacedTensor,
  placeTensors,
  summaryNumbers,
} from '../response-tensors.ts';
import { datatypeOf } from './inference-datatype.ts';
import { MODEL_NAME, MODEL_VERSION } from './inference-model.ts';
import type { OutputTensor } from './inference-outputs.ts';
import type { Inference } from './inference-request.ts';
import type { InferenceResponse } from './inference-schema.ts';

export interface InferencePlan extends ResponsePlan<'inference'> {
  readonly id: string | undefined;
  readonly outputs: readonly OutputTensor[];
  /** The binary ones. */
  readonly placed: readonly PlacedTensor[];
  readonly file: Uint8Array;
  /** Where in the file the binary data begins. */
  readonly jsonBytesReserved: number;
}

const ALIGNMENT = 8;
const SPACE = 0x20;

/**
 * An answer: JSON, and behind it the outputs that are wanted as binary data, where engines put them. The JSON is written
 * at the front of the room that is kept for it and then moved up to the data; its length is a multiple of 8, so that
 * clients, too, find all tensors aligned.
 *
 * @param allocator where the answer goes
 * @throws {ServiceError} where the arrays that go as JSON are too long for it
 */
export function planInference({ batch, reply: { id, outputs } }: Inference, allocator: Allocator): InferencePlan {
  const binary = outputs.filter((output) => output.binary);
  checkJsonNumbers(outputs.reduce((total, { binary, shape }) => total + (binary ? 0 : product(shape)), 0));
  const jsonBytesReserved = Math.ceil(maxJsonBytes(outputs, id) / ALIGNMENT) * ALIGNMENT;
  const file = allocator.bytes(binary.reduce((total, output) => total + bytesOf(output), jsonBytesReserved));
  const placed = placeTensors(binary, file.subarray(jsonBytesReserved));
  const arrays = { ...arraysAmong(batch, placed), ...allocateTextArrays(batch, outputs, allocator) };
  const writtenNumbers = numbersIn(outputs.filter(({ binary, output }) => !binary || output === undefined));
  return { format: 'inference', batch, arrays, writtenNumbers, id, outputs, placed, file, jsonBytesReserved };
}

export function writeInference(
  { batch, arrays, id, outputs, placed, file: room, jsonBytesReserved }: InferencePlan,
  totals: Totals,
  facts: ResponseFacts,
): EncodedResponse {
  const start = performance.now();
  const file = Buffer.from(room.buffer, room.byteOffset, room.length);
  const summary = summarize(batch, totals);
  fillFromSummary(placed, summary);
  let end = writeHead(file, id);
  outputs.forEach((output, i) => {
    if (i > 0) end += file.write(',', end);
    end = writeOutput(file, end, output, arrays, summary);
  });
  end += file.write(`],"parameters":${JSON.stringify(factParameters(batch, facts, start))}}`, end);
  if (placed.length === 0) return { bytes: file.subarray(0, end) };

  const jsonBytes = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
  file.fill(SPACE, end, jsonBytes).copyWithin(jsonBytesReserved - jsonBytes, 0, jsonBytes);
  return { bytes: file.subarray(jsonBytesReserved - jsonBytes), jsonBytes };
}

/** Arrays that go as JSON are computed elsewhere: their text takes their place. */
function allocateTextArrays(batch: Batch, outputs: readonly OutputTensor[], allocator: Allocator): StoredArrays {
  return Object.fromEntries(
    outputs.flatMap(({ output, binary, shape }) => {
      if (output === undefined || binary) return [];
      const format = resultFormat(batch, output);
      return [[output, viewResults(format, allocator.bytes(RESULT_BYTES[format] * product(shape)))]];
    }),
  );
}

function maxJsonBytes(outputs: readonly OutputTensor[], id: string | undefined): number {
  return outputs.reduce(
    (total, tensor) => {
      const numbers = product(tensor.shape);
      const text = tensor.output === undefined ? numbers * MAX_NUMBER_TEXT : maxTensorTextBytes([numbers]);
      return total + describe(tensor).length + 16 + (tensor.binary ? 0 : text);
    },
    Buffer.byteLength(JSON.stringify(id ?? '')) + MAX_FACTS_BYTES,
  );
}

function writeHead(text: Buffer, id: string | undefined): number {
  const head = { model_name: MODEL_NAME, model_version: MODEL_VERSION, ...(id !== undefined && { id }) };
  return text.write(`${JSON.stringify(head).slice(0, -1)},"outputs":[`);
}

function writeOutput(
  text: Buffer,
  offset: number,
  tensor: OutputTensor,
  arrays: StoredArrays,
  summary: Summary,
): number {
  const description = describe(tensor);
  if (tensor.binary) return offset + text.write(description, offset);
  let at = offset + text.write(`${description.slice(0, -1)},"data":`, offset);
  const { name, output, shape } = tensor;
  // Half floats have no JSON: what goes as text is float32.
  if (output !== undefined) at = writeTensor(text, at, arrays[output] as Float32Array, [product(shape)]);
  else at += text.write(JSON.stringify(summaryNumbers(summary, name)), at);
  return at + text.write('}', at);
}

function describe(output: OutputTensor): string {
  const { name, dtype, shape, binary } = output;
  const description: InferenceResponse['outputs'][number] = {
    name,
    datatype: datatypeOf(dtype),
    shape: [...shape],
    ...(binary && { parameters: { binary_data_size: bytesOf(output) } }),
  };
  return JSON.stringify(description);
}

function factParameters(
  { counts }: Batch,
  { engine, durations }: ResponseFacts,
  encodeStart: number,
): InferenceResponse['parameters'] {
  const { queue, decode, compute, encode } = closeDurations(durations, encodeStart);
  return {
    engine: engine.name,
    device: engine.device,
    ...counts,
    queue_ms: queue,
    decode_ms: decode,
    compute_ms: compute,
    encode_ms: encode,
  };
}
