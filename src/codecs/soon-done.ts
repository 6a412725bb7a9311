import type { ArrayOutput } from '../loss/evaluation.ts';
import type { Codec, DecodedRequest, EvaluatedRequest, ReceivedBody } from './codec.ts';

// From these sizes on, reading or writing may take a millisecond or more, as for a batch of one sample that is all classes.
// It moves to a thread then; going there and back takes 0.2 ms of the caller's time, and 0.5 ms in all.
export const MIN_JSON_BYTES = 16_384;
export const MIN_BODY_BYTES = 65_536;
const MIN_CHECKED_BYTES = 2 ** 18;
const MIN_NUMBERS = 8192;
const MIN_CLASSES = 8192;
const MAX_MOVED_BYTES = 2 ** 23;

/**
 * Large bodies, too, are read in less time than it takes to go to a thread if they are predictions, which are only viewed. Short
 * sweeps may have many α for many classes.
 */
export function isSoonRead<Request extends DecodedRequest>(
  codec: Codec<Request>,
  body: ReceivedBody,
  regionBytes: number | undefined,
): boolean {
  const { bytes, encoding, jsonBytes = bytes.length } = body;
  if (encoding || (regionBytes ?? 0) >= MIN_CHECKED_BYTES) return false;
  if (jsonBytes >= MIN_JSON_BYTES) return false;
  if (bytes.length < MIN_BODY_BYTES && !codec.isSweep) return true;
  const maxToCheck = codec.isSweep ? Number.POSITIVE_INFINITY : bytes.length;
  return (codec.bytesToCheck?.(bytes) ?? maxToCheck) < MIN_CHECKED_BYTES;
}

/** Text of arrays that is there already has only to be moved together. */
export function isSoonWritten({ request: { batch }, plan, texts = {} }: EvaluatedRequest<DecodedRequest>): boolean {
  const parts = Object.values(texts).flat();
  const textBytes = parts.reduce((total, { length }) => total + length, 0);
  const textNumbers = (Object.keys(texts) as ArrayOutput[]).reduce(
    (total, output) => total + plan.arrays[output]!.length,
    0,
  );
  return (
    plan.numbersToEncode - textNumbers < MIN_NUMBERS &&
    textBytes < MAX_MOVED_BYTES &&
    batch.layout.classes < MIN_CLASSES
  );
}

/**
 * How many bytes of regions of shared memory a request has copied and checked.
 *
 * @returns undefined if that can't be told in no time: the JSON is long or compressed
 */
export function regionBytesToCheck<Request extends DecodedRequest>(
  codec: Codec<Request>,
  { bytes, encoding, jsonBytes = bytes.length, regions }: ReceivedBody,
): number | undefined {
  if (!regions?.size || !codec.regionBytesToCheck) return 0;
  if (encoding || jsonBytes >= MIN_JSON_BYTES) return undefined;
  return codec.regionBytesToCheck(bytes.subarray(0, jsonBytes));
}
