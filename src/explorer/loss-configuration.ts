import type { Options } from './batch-files/batch-file.ts';
import type { HyperParameters } from './hyper-parameters.ts';

/** What the user has set: the hyperparameters, and changes to the options of the file. */
export interface LossConfiguration {
  readonly parameters: HyperParameters;
  /** An option that is undefined is left out, although the file has it. */
  readonly changes: Options;
}

/** The options that a request has in place of the file's. */
export function requestedChanges({ parameters, changes }: LossConfiguration, outputs: readonly string[]): Options {
  const { gamma, classGammas, alpha } = parameters;
  return { ...changes, gamma: classGammas ?? gamma, alpha, outputs };
}

/** A change in a few words. */
export function describeChange(name: string, value: unknown): string {
  return value === undefined ? `without ${name}` : `${name} ${String(value).replace(/^-/, '−')}`;
}
