import type { Warning } from '../loss/warnings/warning.ts';
import type { EncodedResponse } from './codec.ts';

/** What metrics and the log tell of the warnings that a response has, if any. */
export function warningCodes(warnings: readonly Warning[] | undefined): Pick<EncodedResponse, 'warnings'> {
  return warnings === undefined ? {} : { warnings: warnings.map(({ code }) => code) };
}
