import { type Contribution, SIDES, type Side } from './class-sums.ts';

/** Bins of equal width over p_t in [0, 1]. */
export const BINS = 20;

/** Sums per bin and side, `[20, 2, 4]` in float64: the difficulty of a batch, as in figure 4 of Lin et al. 2017. */
export type BinSums = Float64Array;

/** The sums of a bin and side, in order. */
export const BIN_FIELDS = ['count', 'cross_entropy', 'loss', 'gradient_l1'] as const;
export type BinField = (typeof BIN_FIELDS)[number];

const SUMS_PER_BIN = SIDES.length * BIN_FIELDS.length;
export const SUMS_OF_BINS = BINS * SUMS_PER_BIN;

/**
 * The tolerance at the edge of a bin, in bins: p_t that is this little below an edge counts as on it. Ten equal logits have
 * p_t = 0.1 up to rounding errors, which must not distribute them over two bins.
 */
export const AT_EDGE = 2 ** -30;

/** Adds an element to its bin. */
export function addToBins(bins: BinSums, element: Contribution): void {
  const bin = Math.min(Math.floor(BINS * element.pt + AT_EDGE), BINS - 1);
  const at = bin * SUMS_PER_BIN + (element.positive ? 0 : BIN_FIELDS.length);
  bins[at]! += 1;
  bins[at + 1]! += element.crossEntropy;
  bins[at + 2]! += element.loss;
  bins[at + 3]! += Math.abs(element.gradient);
}

/** A field of one side, `[20]`. */
export function readBins(bins: BinSums, side: Side, field: BinField): number[] {
  const first = SIDES.indexOf(side) * BIN_FIELDS.length + BIN_FIELDS.indexOf(field);
  return Array.from({ length: BINS }, (_, bin) => bins[bin * SUMS_PER_BIN + first]!);
}
