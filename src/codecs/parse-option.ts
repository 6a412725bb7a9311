import { describeValue } from '../core/validation-issues.ts';
import { GAMMA_SIDES } from './gamma-field.ts';
import { checkStructure, OPTION } from './json/check-structure.ts';
import { requestSchema } from './request-schema.ts';
import { sweepSchema } from './sweep/sweep-schema.ts';

const NAMES = new Set([...Object.keys({ ...requestSchema.shape, ...sweepSchema.shape }), ...GAMMA_SIDES]);
/** Whether a field has that name, in a request for one loss or a sweep. */
export function isOptionName(name: string): boolean {
  return NAMES.has(name);
}

/** All other JSON is a single value. */
const LIST_OR_OBJECT = /^\s*[[{]/;

/**
 * Parses an option that a format carries as text: JSON, or a bare word, which is a string. The text of an unknown name, which
 * will be rejected, is not parsed: there may be a thousand of them.
 *
 * @throws {ServiceError} `malformed_body` if it is too many arrays, objects, members or items, or a name is there twice
 */
export function parseOption(name: string, text: string): unknown {
  if (!NAMES.has(name)) return text;
  if (LIST_OR_OBJECT.test(text)) {
    checkStructure(Buffer.from(text), `The option ${describeValue(name)}`, OPTION);
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
