import type { Options } from './batch-files/batch-file.ts';
import type { ClassGammas, Gamma } from './hyper-parameters.ts';

const DEFAULT_GAMMA = 2;

export interface FileGamma {
  /** The file's, or the service's default. Of a list, the mean. */
  readonly gamma: Gamma;
  /** The gamma of each class, if the file has one. */
  readonly classGammas: ClassGammas | null;
}

/** The gamma of a file. Values that are not valid are left out: the page has a field in their place. */
export function fileGamma(options: Options): FileGamma {
  const { gamma } = options;
  const sides = {
    ...(isObject(gamma) ? gamma : {}),
    // The names of metadata and tensors in binary formats.
    ...('gamma.positive' in options ? { positive: options['gamma.positive'] } : {}),
    ...('gamma.negative' in options ? { negative: options['gamma.negative'] } : {}),
  };
  if (Object.keys(sides).length === 0) {
    return { gamma: meanOf(gamma), classGammas: isNumbers(gamma) ? gamma : null };
  }
  const { positive, negative } = sides as { readonly positive?: unknown; readonly negative?: unknown };
  return {
    gamma: { positive: meanOf(positive), negative: meanOf(negative) },
    classGammas:
      isNumbers(positive) || isNumbers(negative) ? { positive: toGamma(positive), negative: toGamma(negative) } : null,
  };
}

function toGamma(gamma: unknown): number | readonly number[] {
  return isNumbers(gamma) ? gamma : meanOf(gamma);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number');
}

function meanOf(gamma: unknown): number {
  if (typeof gamma === 'number') return gamma;
  if (!isNumbers(gamma)) return DEFAULT_GAMMA;
  return Math.round((100 * gamma.reduce((sum, item) => sum + item, 0)) / gamma.length) / 100;
}
