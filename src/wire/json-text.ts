import { Failure } from '../loss/failure.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws {Failure} `malformed_body` where the bytes are not UTF-8 or not JSON */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (cause) {
    throw new Failure('malformed_body', 'The body is not JSON: its bytes are not UTF-8', { cause });
  }
  if (text.trim() === '') throw new Failure('malformed_body', 'The body is empty; expected a JSON object');
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const hint = /token '?[NI-]/.test(reason) ? ' (NaN and Infinity, which some writers print, are not JSON)' : '';
    throw new Failure('malformed_body', `The body is not JSON: ${reason}${hint}`, { cause });
  }
}
