import { invalidRequest } from '../../core/common-errors.ts';

/** The most numbers in the arrays of an answer in JSON, whose text takes up to 16 bytes for each. */
export const MAX_JSON_NUMBERS = 2 ** 24;

/**
 * A number that came in two bytes may be requested three times in sixteen. Binary answers have no such limit.
 *
 * @param numbers of all arrays that are to be text
 * @throws {ServiceError} `invalid_request`
 */
export function checkJsonNumbers(numbers: number): void {
  if (numbers <= MAX_JSON_NUMBERS) return;
  const pointer = '/outputs';
  const message = `expected at most ${MAX_JSON_NUMBERS} numbers in the arrays of a JSON answer (max_json_numbers), got ${numbers}; binary answers may have more`;
  throw invalidRequest({ pointer, message });
}
