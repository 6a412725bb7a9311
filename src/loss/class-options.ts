import type { Batch } from './batch.ts';
import type { Complaints } from './complaints.ts';
import type { Options } from './options.ts';
import { formatShape, MAX_FLOAT32, type Tensor } from './tensor.ts';

/** Options that may differ from class to class: a number for all, or one per class. */
export interface ClassOptions {
  readonly gamma?: number | Tensor | undefined;
  readonly alpha?: number | Tensor | null | undefined;
  readonly class_weights?: Tensor | undefined;
}

const DEFAULT_GAMMA = 2;
const DEFAULT_SIGMOID_ALPHA = 0.25;

/** Spreads the per-class options over `classes`, with defaults, and multiplies the class weights into α. */
export function resolveClassOptions(
  given: ClassOptions,
  options: Pick<Options, 'activation' | 'soft_labels'>,
  classes: number,
  complaints: Complaints,
): Pick<Batch, 'gamma' | 'alpha' | 'classWeights'> {
  const nonNegative: Range = { holds: (x) => x >= 0 && x <= MAX_FLOAT32, text: 'a number ≥ 0, finite as float32' };
  const unit: Range = { holds: (x) => x >= 0 && x <= 1, text: 'a number in [0, 1]' };
  const sigmoid = options.activation === 'sigmoid';

  const gamma = spread('gamma', given.gamma ?? DEFAULT_GAMMA, classes, nonNegative, complaints);
  if (sigmoid && options.soft_labels === 'quality') refuseSmallGamma(gamma, given.gamma, complaints);
  const classWeights = spread('class_weights', given.class_weights ?? 1, classes, nonNegative, complaints);

  const alpha = given.alpha === undefined && sigmoid ? DEFAULT_SIGMOID_ALPHA : given.alpha;
  if (alpha === undefined || alpha === null) {
    return { gamma, classWeights, alpha: { positive: classWeights, negative: classWeights } };
  }
  const positive = spread('alpha', alpha, classes, unit, complaints);
  return {
    gamma,
    classWeights,
    alpha: {
      positive: positive.map((a, c) => a * classWeights[c]!),
      negative: positive.map((a, c) => (1 - a) * classWeights[c]!),
    },
  };
}

interface Range {
  readonly holds: (value: number) => boolean;
  readonly text: string;
}

function spread(
  name: string,
  given: number | Tensor,
  classes: number,
  range: Range,
  complaints: Complaints,
): Float64Array {
  if (typeof given === 'number') {
    if (!range.holds(given)) {
      complaints.add(() => ({ pointer: `/${name}`, message: `expected ${range.text}, got ${given}` }));
    }
    return new Float64Array(classes).fill(given);
  }
  if (given.shape.length !== 1 || given.shape[0] !== classes) {
    complaints.add(() => ({
      pointer: `/${name}`,
      message: `expected one number per class, shape ${formatShape([classes])}, got shape ${formatShape(given.shape)}`,
    }));
    return new Float64Array(classes);
  }
  given.values.forEach((value, c) => {
    if (range.holds(value)) return;
    complaints.add(() => ({
      pointer: `/${name}/${c}`,
      message: `expected ${range.text}, got ${value}`,
      index: [c],
    }));
  });
  return Float64Array.from(given.values);
}

/** |p − y|^γ has no finite gradient at p = y for 0 < γ < 1. */
function refuseSmallGamma(gamma: Float64Array, given: ClassOptions['gamma'], complaints: Complaints): void {
  const perClass = typeof given === 'object';
  const wrong = gamma.findIndex((g) => g > 0 && g < 1);
  if (wrong < 0) return;
  complaints.add(() => ({
    pointer: perClass ? `/gamma/${wrong}` : '/gamma',
    message: `expected 0 or a number ≥ 1 with soft_labels "quality", got ${gamma[wrong]}`,
    ...(perClass && { index: [wrong] }),
  }));
}
