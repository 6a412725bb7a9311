import type { ArrayOutput, StoredArrays } from '../../loss/evaluation.ts';
import type { Summary } from '../../loss/summarize.ts';
import { MAX_WARNINGS_BYTES } from '../../loss/warnings/warning.ts';
import type { PlannedText, WrittenTexts } from '../codec.ts';
import { MAX_OMITTED_BYTES } from '../echoed-options.ts';
import { placeText } from '../json/array-text.ts';
import { MAX_NUMBER_BYTES, MAX_SUMMARY_BYTES } from '../json/json-size.ts';
import { writeFloat64s } from '../json/write-rows.ts';
import { maxTensorTextBytes } from '../json/write-tensor.ts';
import { finishDurations, type ResponseMetadata } from '../response-metadata.ts';
import { tensorBytes } from '../response-tensors.ts';
import { summaryNumbers } from '../summary-tensors.ts';
import { datatypeOf } from './inference-datatype.ts';
import { MODEL_NAME, MODEL_VERSION } from './inference-model.ts';
import { isText, type OutputTensor } from './inference-outputs.ts';
import type { DecodedInference } from './inference-request.ts';
import type { InferenceResponse } from './inference-schema.ts';

interface Results {
  readonly arrays: StoredArrays;
  /** What was written before of the arrays. */
  readonly texts: WrittenTexts | undefined;
  readonly summary: Summary;
  readonly metadata: ResponseMetadata;
  readonly encodeStart: number;
}

/** The most bytes that the JSON of a response takes, and where arrays are in it. */
export function planResponseJson({ outputs, id, options }: DecodedInference): {
  readonly maxBytes: number;
  readonly texts: readonly PlannedText[];
} {
  let maxBytes =
    Buffer.byteLength(JSON.stringify([id ?? '', options.json])) +
    MAX_OMITTED_BYTES +
    MAX_SUMMARY_BYTES +
    2 * MAX_WARNINGS_BYTES; // Quotes are escaped.
  const texts: PlannedText[] = [];
  for (const tensor of outputs) {
    const { length, output } = tensor;
    maxBytes += maxDescriptionBytes(tensor);
    if (!isText(tensor)) continue;
    if (output === undefined) {
      maxBytes += length * MAX_NUMBER_BYTES;
    } else {
      texts.push({ ...arrayText(output, length), offset: maxBytes });
      maxBytes += maxTensorTextBytes([length]);
    }
  }
  return { maxBytes, texts };
}

/** More than the members around a tensor's numbers, without what has a length of its own. */
const MEMBER_BYTES = 256;
/** An integer of 53 bits, with a comma. */
const INTEGER_BYTES = 17;

function maxDescriptionBytes({ name, shape, region }: OutputTensor): number {
  const regionBytes = region ? Buffer.byteLength(JSON.stringify(region.region)) : 0;
  return MEMBER_BYTES + name.length + INTEGER_BYTES * shape.length + regionBytes;
}

/** FP16 and BF16 are binary data always, so an array that is written as text is float32. */
function arrayText(output: ArrayOutput, length: number): Omit<PlannedText, 'offset'> {
  return { output, format: 'F32', shape: [length] };
}

/** @returns the offset behind it */
export function writeResponseJson(text: Buffer, request: DecodedInference, results: Results): number {
  const { id, outputs } = request;
  const head = { model_name: MODEL_NAME, model_version: MODEL_VERSION, ...(id !== undefined && { id }) };
  let at = text.write(`${JSON.stringify(head).slice(0, -1)},"outputs":[`);
  outputs.forEach((output, i) => {
    if (i > 0) at += text.write(',', at);
    at = writeOutput(text, at, output, results);
  });
  return at + text.write(`],"parameters":${JSON.stringify(responseParameters(request, results))}}`, at);
}

function writeOutput(text: Buffer, offset: number, tensor: OutputTensor, results: Results): number {
  const description = describeOutput(tensor);
  if (!isText(tensor)) return offset + text.write(description, offset);
  let at = offset + text.write(`${description.slice(0, -1)},"data":`, offset);
  const { name, output, length } = tensor;
  if (output !== undefined) at = placeText(text, at, arrayText(output, length), results.arrays, results.texts);
  else at = writeFloat64s(text, at, summaryNumbers(results.summary, name));
  return at + text.write('}', at);
}

/** Most outputs are alike, and a response has dozens. `JSON.stringify` takes three times as long for each. */
function describeOutput(output: OutputTensor): string {
  const { name, dtype, shape, binary, region } = output;
  const head = `{"name":"${name}","datatype":"${datatypeOf(dtype)}","shape":[${shape.join()}]`;
  if (binary) return `${head},"parameters":{"binary_data_size":${tensorBytes(output)}}}`;
  if (!region) return `${head}}`;
  const parameters = {
    shared_memory_region: region.region,
    shared_memory_byte_size: region.byteLength,
    ...(region.offset > 0 && { shared_memory_offset: region.offset }),
  };
  return `${head},"parameters":${JSON.stringify(parameters)}}`;
}

/** They are flat values by the specification, so that options and warnings are JSON in a string. */
function responseParameters(
  { batch, options }: DecodedInference,
  { summary, metadata, encodeStart }: Results,
): InferenceResponse['parameters'] {
  const { engine, durations } = metadata;
  const { queue, decode, compute, encode } = finishDurations(durations, encodeStart);
  return {
    engine: engine.name,
    device: engine.device,
    ...batch.counts,
    options: options.json,
    ...(options.omitted.length > 0 && { options_omitted: JSON.stringify(options.omitted) }),
    ...(summary.warnings && { warnings: JSON.stringify(summary.warnings) }),
    queue_ms: queue,
    decode_ms: decode,
    compute_ms: compute,
    encode_ms: encode,
  };
}
