import type { Allocator } from '../../core/allocator.ts';
import { allocateResults } from '../../loss/evaluation.ts';
import { summarize } from '../../loss/summarize.ts';
import type { FieldCodec, RequestBody } from '../codec.ts';
import { optionMembers } from '../echoed-options.ts';
import { rejectZip } from '../other-format.ts';
import { readBatch } from '../read-batch.ts';
import { finishDurations } from '../response-metadata.ts';
import { ARRAY_NAMES, arrayTensors, countNumbers, numbersToWrite, perClassTensors } from '../response-tensors.ts';
import { warningCodes } from '../warning-codes.ts';
import { placeText } from './array-text.ts';
import { checkJsonNumbers, classNamesBytes, MAX_NUMBER_BYTES, maxSummaryBytes } from './json-size.ts';
import { isMalformed, parseJson } from './parse-json.ts';
import { scanTensors } from './scan-tensors.ts';
import { writeBreakdown } from './write-breakdown.ts';
import { writeFloat64s } from './write-rows.ts';
import { maxTensorTextBytes } from './write-tensor.ts';

/** A class's entry in the breakdown, without its name: 22 numbers and the text between them. */
const MAX_BREAKDOWN_BYTES = 1024;

/** The tensors' precision: float32 where they are computed with, float64 for labels, which may be large integers. */
const TENSOR_FIELDS = {
  logits: 'float32',
  probabilities: 'float32',
  labels: 'float64',
  sample_weights: 'float32',
  element_weights: 'float32',
} as const;

/** Requests and responses in JSON. */
export const jsonCodec: FieldCodec = {
  name: 'json',
  numberFields: TENSOR_FIELDS,
  readFields: readJsonFields,

  read(body, allocator) {
    const batch = readBatch(readJsonFields(body, allocator), allocator);
    return { ...batch, hyperParameters: undefined, timeoutMs: undefined };
  },

  planResponse({ batch, options }, allocator) {
    const tensors = arrayTensors(batch);
    checkJsonNumbers(countNumbers(tensors));
    const arrays = allocateResults(batch, allocator);
    const { classes } = batch.layout;
    const breakdown = batch.outputs.includes('per_class') ? MAX_BREAKDOWN_BYTES * classes + classNamesBytes(batch) : 0;
    const alpha = MAX_NUMBER_BYTES * (batch.schemeAlpha?.length ?? 0);
    let bytes = maxSummaryBytes(batch, options) + alpha;
    const texts = tensors.map(({ name, output, dtype, shape }) => {
      const offset = bytes + textBefore(name).length;
      bytes = offset + maxTensorTextBytes(shape);
      return { output, format: dtype, shape, offset };
    });
    const numbersToEncode = numbersToWrite([...tensors, ...perClassTensors(batch)]);
    return { arrays, buffer: allocator.bytes(bytes + breakdown), numbersToEncode, texts };
  },

  /** Arrays go from typed array to text, with no JavaScript array between. */
  writeResponse({ request: { batch, options }, plan, totals, metadata: { engine, durations }, texts: written }) {
    const startMs = performance.now();
    const { buffer, texts = [] } = plan;
    const { alpha, per_class, difficulty, calibration, ...head } = summarize(batch, totals);
    const text = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    let at = text.write(JSON.stringify(head).slice(0, -1) + optionMembers(options));
    if (alpha) {
      at += text.write(',"alpha":', at);
      at = writeFloat64s(text, at, alpha);
    }
    if (difficulty) at += text.write(`,"difficulty":${JSON.stringify(difficulty)}`, at);
    if (calibration) at += text.write(`,"calibration":${JSON.stringify(calibration)}`, at);
    // If the first array was written before, the rest is moved up to it: there is less of it.
    const firstArray = texts[0] && written?.[texts[0].output] ? texts[0] : undefined;
    const start = firstArray ? firstArray.offset - textBefore(ARRAY_NAMES[firstArray.output]).length - at : 0;
    text.copyWithin(start, 0, at);
    at += start;
    for (const planned of texts) {
      at += text.write(textBefore(ARRAY_NAMES[planned.output]), at);
      at = placeText(text, at, planned, plan.arrays, written);
    }
    if (per_class) {
      at += text.write(',"per_class":', at);
      at = writeBreakdown(text, at, per_class, batch.classNames);
    }
    const duration_ms = finishDurations(durations, startMs);
    at += text.write(`,${JSON.stringify({ engine, duration_ms }).slice(1)}`, at);
    return { bytes: text.subarray(start, at), ...warningCodes(head.warnings) };
  },
};

function textBefore(name: string): string {
  return `,"${name}":`;
}

/**
 * Reads a request's fields from JSON. Tensors are read from the text itself; in the object they are `ScannedTensor`s.
 *
 * @param allocator where the tensors go
 * @throws {ServiceError} `malformed_body`, or `unsupported_media_type` if it is a zip archive
 */
function readJsonFields({ bytes, numbers }: RequestBody, allocator: Allocator): unknown {
  rejectZip(bytes, 'JSON');
  const scanned = scanTensors(bytes, TENSOR_FIELDS, allocator, numbers);
  if (scanned === undefined) return parseJson(bytes, allocator);
  try {
    return Object.assign(parseJson(scanned.envelope, allocator) as object, Object.fromEntries(scanned.tensors));
  } catch (error) {
    if (!isMalformed(error)) throw error;
    return parseJson(bytes, allocator); // Its error gives the position in the whole body.
  }
}
