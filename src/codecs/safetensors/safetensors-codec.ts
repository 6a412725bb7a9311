import { ValidationIssues } from '../../core/validation-issues.ts';
import type { Batch } from '../../loss/batch.ts';
import type { FieldCodec } from '../codec.ts';
import type { EchoedOptions } from '../echoed-options.ts';
import { fileTensors, maxRestBytes, writeRest } from '../file-response.ts';
import { classNamesBytes } from '../json/json-size.ts';
import { readBatchTensors } from '../read-batch.ts';
import { numbersToCopy, placeTensors, totalTensorBytes, viewArrays } from '../response-tensors.ts';
import { writeSummaryTensors } from '../summary-tensors.ts';
import { warningCodes } from '../warning-codes.ts';
import { bytesToCheck } from './bytes-to-check.ts';
import { predictionsStart } from './predictions-start.ts';
import { readCheckedFields, readSafetensorsFields } from './safetensors-fields.ts';
import { safetensorsHeaderBytes, writeSafetensorsHeader } from './safetensors-header.ts';

/**
 * Requests and responses as safetensors files. In a response the arrays and the breakdown are tensors, and all the rest is
 * JSON under the metadata's `response`. The header in front of the tensors is reserved before that JSON is known.
 */
export const safetensorsCodec: FieldCodec = {
  name: 'safetensors',
  readFields: ({ bytes }, allocator) => readSafetensorsFields(bytes, allocator),
  bytesToCheck,
  predictionsStart,

  read({ bytes }, allocator) {
    const fields = readCheckedFields(bytes, allocator);
    const batch = readBatchTensors(fields, { allocator, issues: new ValidationIssues() });
    return { ...batch, hyperParameters: undefined, timeoutMs: undefined };
  },

  planResponse({ batch, options }, allocator) {
    const tensors = fileTensors(batch);
    const headerBytes = safetensorsHeaderBytes(tensors, maxMetadataBytes(batch, options));
    const buffer = allocator.bytes(headerBytes + totalTensorBytes(tensors));
    const arrays = viewArrays(batch, tensors, buffer);
    return { arrays, buffer, numbersToEncode: numbersToCopy(tensors) };
  },

  writeResponse({ request: { batch, options }, plan: { buffer }, totals, metadata }) {
    const start = performance.now();
    const tensors = fileTensors(batch);
    const summary = writeSummaryTensors(batch, totals, placeTensors(tensors, buffer));
    const response = writeRest(batch, options, summary, metadata, start);
    const header = buffer.subarray(0, buffer.length - totalTensorBytes(tensors));
    writeSafetensorsHeader(header, tensors, { response });
    return { bytes: buffer, ...warningCodes(summary.warnings) };
  },
};

/** The metadata is JSON within JSON: the class names are escaped twice, which at most doubles them, and the options once. */
function maxMetadataBytes(batch: Batch, options: EchoedOptions): number {
  return maxRestBytes(batch, options) + options.json.length + classNamesBytes(batch);
}
