import { invalidRequest } from '../../core/common-errors.ts';
import type { Batch } from '../../loss/batch.ts';
import type { FieldCodec } from '../codec.ts';
import { maxRestBytes, writeRest } from '../file-response.ts';
import { readBatch } from '../read-batch.ts';
import {
  arrayTensors,
  numbersToCopy,
  perClassTensors,
  placeTensors,
  totalTensorBytes,
  viewArrays,
} from '../response-tensors.ts';
import { writeSummaryTensors } from '../summary-tensors.ts';
import { warningCodes } from '../warning-codes.ts';
import { bytesToCheck, inflatedBytes } from './bytes-to-check.ts';
import { inflateMembers } from './inflate-member.ts';
import { readNpzFields } from './npz-fields.ts';
import { directoryBytes, MAX_NPZ_BYTES, placeEntries, placeEntry, tensorEntry, textEntry } from './npz-layout.ts';
import { writeDirectory, writeMember } from './npz-writer.ts';
import { writeUtf32 } from './utf-32.ts';

/** The array of a response that has all that is no array, as JSON. */
const RESPONSE = 'response';
/** To write a number as text takes as long as to compute the checksum of so many bytes. */
const CHECKSUM_BYTES_PER_NUMBER = 150;

/**
 * Requests and responses as numpy's npz files, without pickle. In a response the arrays and the breakdown are arrays, and all the
 * rest is the array `response`: a string, which is JSON. It comes last, and space is reserved for it before it is known.
 */
export const npzCodec: FieldCodec = {
  name: 'npz',
  readFields: readNpzFields,
  bytesToCheck,
  inflatedBytes,
  inflate: inflateMembers,

  read(body, allocator) {
    const batch = readBatch(readNpzFields(body, allocator), allocator);
    return { ...batch, hyperParameters: undefined, timeoutMs: undefined };
  },

  planResponse({ batch, options }, allocator) {
    const { tensors, places } = layout(batch);
    const rest = placeEntry(textEntry(RESPONSE, maxRestBytes(batch, options)), places.at(-1)?.end ?? 0);
    const bytes = rest.end + directoryBytes([...places, rest]);
    if (bytes > MAX_NPZ_BYTES) {
      const message = `expected a response of at most ${MAX_NPZ_BYTES} bytes as npz, got ${bytes}; safetensors may have more (Accept: application/vnd.safetensors)`;
      throw invalidRequest({ pointer: '/outputs', message });
    }
    const buffer = allocator.bytes(bytes);
    const arrays = viewArrays(
      batch,
      tensors,
      buffer,
      places.map(({ dataStart }) => dataStart),
    );
    const numbersToEncode = numbersToCopy(tensors) + totalTensorBytes(tensors) / CHECKSUM_BYTES_PER_NUMBER;
    return { arrays, buffer, numbersToEncode };
  },

  writeResponse({ request: { batch, options }, plan: { buffer }, totals, metadata }) {
    const start = performance.now();
    const { tensors, places } = layout(batch);
    const offsets = places.map(({ dataStart }) => dataStart);
    const summary = writeSummaryTensors(batch, totals, placeTensors(tensors, buffer, offsets));
    const members = places.map((place) => writeMember(buffer, place)); // Before the time that it takes is written.
    const points = writeUtf32(writeRest(batch, options, summary, metadata, start));
    const rest = placeEntry(textEntry(RESPONSE, points.length), places.at(-1)?.end ?? 0);
    new Uint32Array(buffer.buffer, buffer.byteOffset + rest.dataStart, points.length).set(points);
    return {
      bytes: writeDirectory(buffer, [...members, writeMember(buffer, rest)]),
      ...warningCodes(summary.warnings),
    };
  },
};

/** The arrays of a response but the last one, and where they are. */
function layout(batch: Batch) {
  const tensors = [...arrayTensors(batch), ...perClassTensors(batch)];
  return { tensors, places: placeEntries(tensors.map(tensorEntry)) };
}
