import type { Options } from '../batch-files/batch-file.ts';

/** A change of options that probably cures a problem. */
export interface Cure {
  readonly label: string;
  readonly changes: Options;
}
