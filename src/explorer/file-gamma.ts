import type { Options } from './batch-files/batch-file.ts';
import type { Gamma } from './hyper-parameters.ts';

const DEFAULT_GAMMA = 2;

export interface FileGamma {
  readonly gamma: Gamma;
  /** Whether the file has another gamma for each class, in whose place the page has one for all. */
  readonly isReplaced: boolean;
}

/** The file's gamma as far as the page has controls for it, and the service's default otherwise. */
export function fileGamma(options: Options): FileGamma {
  const { gamma } = options;
  const sides = {
    ...(isObject(gamma) ? gamma : {}),
    // The names of metadata and tensors in binary formats.
    ...('gamma.positive' in options ? { positive: options['gamma.positive'] } : {}),
    ...('gamma.negative' in options ? { negative: options['gamma.negative'] } : {}),
  };
  if (Object.keys(sides).length === 0) {
    return { gamma: numberOf(gamma), isReplaced: Array.isArray(gamma) };
  }
  const { positive, negative } = sides as { readonly positive?: unknown; readonly negative?: unknown };
  return {
    gamma: { positive: numberOf(positive), negative: numberOf(negative) },
    isReplaced: Array.isArray(positive) || Array.isArray(negative),
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : DEFAULT_GAMMA;
}
