import type { ArrayOutput } from '../loss/evaluation.ts';
import type { Codec, DecodedRequest, EvaluatedRequest, NamedRegions, ReceivedBody } from './codec.ts';
import { inflatedBytes } from './inflated-bytes.ts';
import { CLOSE_ARRAY } from './json/json-lexer.ts';
import { findNumberTexts } from './json/number-text.ts';

// From these sizes on, reading or writing may take a millisecond or more, as for a batch of one sample that is all classes.
// It moves to a thread then; going there and back takes 0.2 ms of the caller's time, and 0.5 ms in all.
export const MIN_JSON_BYTES = 16_384;
/** The same for JSON of which less than that is no array of numbers: these are read many times as fast. */
const MIN_NUMBERS_BYTES = 32_768;
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
  if (jsonBytes >= MIN_JSON_BYTES && !isMostlyNumbers(codec, bytes)) return false;
  const plainBytes = inflatedBytes(codec, body);
  if (plainBytes < MIN_BODY_BYTES && !codec.isSweep) return true;
  const maxToCheck = codec.isSweep ? Number.POSITIVE_INFINITY : plainBytes;
  return (codec.bytesToCheck?.(bytes) ?? maxToCheck) < MIN_CHECKED_BYTES;
}

/** If it proves to be something else, it is still short enough to be parsed in a few milliseconds. */
function isMostlyNumbers<Request extends DecodedRequest>(
  { isSweep, numberFields }: Codec<Request>,
  bytes: Uint8Array,
): boolean {
  if (isSweep || numberFields === undefined || bytes.length >= MIN_NUMBERS_BYTES) return false;
  const texts = findNumberTexts(bytes, numberFields, 1);
  const rest = texts.reduce((total, { start, end }) => total - (end - start), bytes.length);
  // A row may be all classes, each of which takes longer than a number.
  const longestRow = Math.max(...texts.map(({ start }) => bytes.indexOf(CLOSE_ARRAY, start) - start));
  return rest < MIN_JSON_BYTES && longestRow < MIN_JSON_BYTES;
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

/** What a request names of shared memory. That can't be told in no time if its JSON is long or compressed. */
export function namedRegions<Request extends DecodedRequest>(
  codec: Codec<Request>,
  { bytes, encoding, jsonBytes = bytes.length, regions }: ReceivedBody,
): NamedRegions {
  if (!regions?.size || !codec.namedRegions) return { names: [], bytesToCheck: 0 };
  if (encoding || jsonBytes >= MIN_JSON_BYTES) return { names: undefined, bytesToCheck: undefined };
  return codec.namedRegions(bytes.subarray(0, jsonBytes));
}
