import type { Allocator } from '../../core/allocator.ts';
import { RESULT_BYTES, viewResults } from '../../core/float-format.ts';
import type { Batch } from '../../loss/batch.ts';
import { resultFormat, type StoredArrays } from '../../loss/evaluation.ts';
import type { Codec } from '../codec.ts';
import { checkJsonNumbers } from '../json/json-size.ts';
import {
  countNumbers,
  numbersToCopy,
  numbersToWrite,
  placeTensors,
  totalTensorBytes,
  viewArrays,
} from '../response-tensors.ts';
import { writeSummaryTensors } from '../summary-tensors.ts';
import { warningCodes } from '../warning-codes.ts';
import { namedRegions } from './inference-named-regions.ts';
import { isText, type OutputTensor } from './inference-outputs.ts';
import { predictionsStart } from './inference-predictions-start.ts';
import { regionArrays, regionSummaryTensors, writeToRegions } from './inference-region-outputs.ts';
import { type DecodedInference, readInference } from './inference-request.ts';
import { planResponseJson, writeResponseJson } from './inference-response-json.ts';

const ALIGNMENT = 8;
const SPACE = 0x20;

/**
 * Requests and responses of the Open Inference Protocol: JSON, and behind it the tensors that are binary data.
 *
 * The JSON of a response is written at the front of the bytes that are reserved for it, and then moved up to the tensors.
 * Its length is a multiple of 8, so that clients, too, find all tensors aligned.
 */
export const openInferenceCodec: Codec<DecodedInference> = {
  name: 'open-inference',
  read: readInference,
  namedRegions,
  predictionsStart,

  planResponse(request, allocator) {
    const { batch, outputs } = request;
    const binary = outputs.filter((output) => output.binary);
    const text = outputs.filter(isText);
    checkJsonNumbers(countNumbers(text));
    const { maxBytes, texts } = planResponseJson(request);
    const jsonBytes = padded(maxBytes);
    const buffer = allocator.bytes(jsonBytes + totalTensorBytes(binary));
    const arrays = {
      ...viewArrays(batch, binary, buffer),
      ...allocateTextArrays(batch, outputs, allocator),
    };
    const inRegions = outputs.filter(({ region }) => region !== undefined);
    const numbersToEncode = numbersToWrite(text) + numbersToCopy(binary) + numbersToCopy(inRegions);
    return { arrays, regionArrays: regionArrays(batch, outputs), buffer, numbersToEncode, texts };
  },

  writeResponse({ request, plan: { arrays, buffer }, totals, metadata, texts }) {
    const start = performance.now();
    const { batch, outputs } = request;
    const binary = outputs.filter((output) => output.binary);
    const inRegions = regionSummaryTensors(outputs);
    const summary = writeSummaryTensors(batch, totals, [...placeTensors(binary, buffer), ...inRegions]);
    writeToRegions(inRegions);
    const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.length);
    const end = writeResponseJson(bytes, request, { arrays, texts, summary, metadata, encodeStart: start });
    const codes = warningCodes(summary.warnings);
    if (binary.length === 0) return { bytes: bytes.subarray(0, end), ...codes };

    const jsonBytes = padded(end);
    const tensorStart = bytes.length - totalTensorBytes(binary);
    bytes.fill(SPACE, end, jsonBytes).copyWithin(tensorStart - jsonBytes, 0, jsonBytes);
    return { bytes: bytes.subarray(tensorStart - jsonBytes), jsonBytes, ...codes };
  },
};

function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** Arrays that are written as text lie outside the response. */
function allocateTextArrays(batch: Batch, outputs: readonly OutputTensor[], allocator: Allocator): StoredArrays {
  return Object.fromEntries(
    outputs.flatMap((tensor) => {
      const { output, length } = tensor;
      if (output === undefined || !isText(tensor)) return [];
      const format = resultFormat(batch, output);
      return [[output, viewResults(format, allocator.bytes(RESULT_BYTES[format] * length))]];
    }),
  );
}
