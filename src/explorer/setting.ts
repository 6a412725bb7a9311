import type { Options } from './batch-files/batch-file.ts';
import type { HyperParameters } from './hyper-parameters.ts';

/** What the user has set: the hyperparameters, and changes to the options of the file. */
export interface Setting {
  readonly parameters: HyperParameters;
  /** An option that is undefined is left out, although the file has it. */
  readonly changes: Options;
}

/** Each change in a few words. */
export function describeChanges(changes: Options): string[] {
  return Object.entries(changes).map(([name, value]) =>
    value === undefined ? `without ${name}` : `${name} ${String(value).replace(/^-/, '−')}`,
  );
}
