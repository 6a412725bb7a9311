/** The elements' losses of each side, in any order. */
export interface SideLosses {
  readonly positives: readonly number[];
  readonly negatives: readonly number[];
}

/**
 * Separates the positives and the negatives of a batch.
 *
 * @param losses `[samples, classes]`, under sigmoid
 * @param labels `[samples]`, class indices; one that is no class makes a sample negative for all
 * @param ignoreIndex the label whose samples belong to neither side
 */
export function sideLosses(
  losses: readonly (readonly number[])[],
  labels: readonly number[],
  ignoreIndex: number,
): SideLosses {
  const positives: number[] = [];
  const negatives: number[] = [];
  losses.forEach((row, sample) => {
    if (labels[sample] === ignoreIndex) return;
    row.forEach((loss, c) => {
      (labels[sample] === c ? positives : negatives).push(loss);
    });
  });
  return { positives, negatives };
}

/** From a part of the elements, easiest first, to the part of the total loss that they hold. */
export type LossCurve = (part: number) => number;

/** A curve of figure 4 in Lin et al. 2017: the cumulative distribution of the normalised loss, sorted from lowest to highest. */
export function lossCurve(losses: readonly number[]): LossCurve {
  const sorted = losses.toSorted((a, b) => a - b);
  const held = [0];
  for (const loss of sorted) held.push(held.at(-1)! + loss);
  const total = held.at(-1)!;
  return (part) => {
    const place = part * sorted.length;
    const whole = Math.min(Math.floor(place), sorted.length - 1);
    return (held[whole]! + (place - whole) * sorted[whole]!) / total;
  };
}

/** What the hardest part of the elements holds of the loss. */
export function heldByHardest(part: number, curve: LossCurve): number {
  return 1 - curve(1 - part);
}

/** By how much two curves are apart where they are furthest. */
export function distance(one: LossCurve, other: LossCurve): number {
  const parts = Array.from({ length: 1001 }, (_, i) => i / 1000);
  return Math.max(...parts.map((part) => Math.abs(one(part) - other(part))));
}
