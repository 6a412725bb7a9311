import { invalidRequest } from '../../core/common-errors.ts';
import type { Batch } from '../../loss/batch.ts';
import { MAX_WARNINGS_BYTES } from '../../loss/warnings/warning.ts';
import { type EchoedOptions, MAX_OMITTED_BYTES } from '../echoed-options.ts';

// How long responses in JSON may become. Their buffers are allocated before their text is known.

/** The most bytes of a float64, or of an integer below 2^53 in size, as text with its comma. */
export const MAX_NUMBER_BYTES = 25;
/** The most bytes of a summary without classes, difficulty and calibration, the engine's name and device, and four durations. */
export const MAX_SUMMARY_BYTES = 4096;
/** 160 numbers and the text between them. */
const MAX_DIFFICULTY_BYTES = 4096;
/** 92 numbers and the text between them. */
const MAX_CALIBRATION_BYTES = 4096;

/** The most bytes of all that has neither an item per class nor one per element. */
export function maxSummaryBytes({ outputs, warnings }: Batch, options: EchoedOptions): number {
  return (
    MAX_SUMMARY_BYTES +
    options.json.length +
    MAX_OMITTED_BYTES +
    (warnings ? MAX_WARNINGS_BYTES : 0) +
    (outputs.includes('difficulty') ? MAX_DIFFICULTY_BYTES : 0) +
    (outputs.includes('calibration') ? MAX_CALIBRATION_BYTES : 0)
  );
}

/** The bytes of all class names in JSON. */
export function classNamesBytes({ classNames }: Batch): number {
  return classNames?.length ?? 0;
}

/** The most numbers in the arrays of a JSON response, whose text takes up to 16 bytes for each. */
export const MAX_JSON_NUMBERS = 2 ** 24;

/**
 * Rejects arrays that are too long for JSON: a client could request each number that it sent in 2 bytes three times, at 16
 * bytes each. Binary responses have no such limit.
 *
 * @param count of the numbers in all arrays that are written as text
 * @throws {ServiceError} `invalid_request`
 */
export function checkJsonNumbers(count: number): void {
  if (count <= MAX_JSON_NUMBERS) return;
  const pointer = '/outputs';
  const message = `expected at most ${MAX_JSON_NUMBERS} numbers in the arrays of a JSON response (max_json_numbers), got ${count}; binary responses may have more`;
  throw invalidRequest({ pointer, message });
}
