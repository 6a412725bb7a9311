import { mulberry32 } from '../../test/harness/mulberry32.ts';
import { unlessToy } from '../harness/toy.ts';
import { GAMMAS } from './grid.ts';

export const SOFTMAX_CLASSES = unlessToy([2, 3, 80, 1000], [2, 80]);
export const SOFTMAX_GAMMAS = GAMMAS;
const GAPS_PER_DECADE = unlessToy(3, 0.5);
const SMALLEST_GAP = 1e-7;
const DECADES = 11;

export const LABEL_KINDS = ['class indices', 'one-hot labels', 'soft labels', 'smoothing'] as const;
export type LabelKind = (typeof LABEL_KINDS)[number];
/** One kind for each meaning: one-hot labels are class indices in another form, which only our engine tells apart. */
export const MEANINGS: readonly LabelKind[] = LABEL_KINDS.filter((kind) => kind !== 'one-hot labels');
export const SMOOTHING = 0.1;

/** Where the true class lies: above all others, below them, or level with another one above the rest. */
const POSITIONS = ['largest', 'smallest', 'tied'] as const;

/** One sample. */
export interface SoftmaxRow {
  readonly logits: Float32Array;
  readonly trueClass: number;
  /** Of soft labels. */
  readonly distribution: Float32Array;
  /** In words. */
  readonly where: string;
}

/** Every gap with every position; the classes that it says nothing of lie one gap below the top, or one to two. */
export function softmaxRows(classes: number): SoftmaxRow[] {
  const random = mulberry32(classes);
  const gaps = Array.from(
    { length: DECADES * GAPS_PER_DECADE + 1 },
    (_, i) => SMALLEST_GAP * 10 ** (i / GAPS_PER_DECADE),
  );
  const places = gaps.flatMap((gap) =>
    POSITIONS.flatMap((position) => [0, 1].map((spread) => ({ gap, position, spread }))),
  );
  return places.map(({ gap, position, spread }, row) => {
    const trueClass = row % classes;
    const top = position === 'largest' ? trueClass : (trueClass + 1) % classes;
    const base = spread === 0 ? 0 : 8 * random() - 4;
    const logits = Float32Array.from({ length: classes }, () => base - gap * (1 + spread * random()));
    logits[top] = base;
    if (position === 'tied') logits[trueClass] = base;
    if (position === 'smallest') logits[trueClass] = base - gap * (1 + spread);
    const where = `t ${position}, gap ${gap.toPrecision(2)}, ${classes} classes`;
    return { logits, trueClass, distribution: distributionOf(classes, random), where };
  });
}

/** From nearly even to nearly hard. */
function distributionOf(classes: number, random: () => number): Float32Array {
  const sharpness = 30 * random();
  const weights = Array.from({ length: classes }, () => Math.exp(sharpness * (random() - 0.5)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Float32Array.from(weights, (weight) => weight / total);
}

/** The weight of each class's term: its label, after smoothing. */
export function sharesOf({ trueClass, distribution }: SoftmaxRow, kind: LabelKind): Float64Array {
  if (kind === 'soft labels') return Float64Array.from(distribution);
  const smoothing = kind === 'smoothing' ? SMOOTHING : 0;
  return Float64Array.from(distribution, (_, c) => {
    const label = c === trueClass ? 1 : 0;
    return label * (1 - smoothing) + smoothing / distribution.length;
  });
}
