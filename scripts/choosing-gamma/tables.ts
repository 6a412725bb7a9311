import { count, percent, quantity } from '../../src/explorer/format.ts';
import { renderTable } from '../../test/harness/table.ts';
import { heldByHardest } from './loss-curve.ts';
import { ALPHAS, type Evaluation, FIGURE_GAMMAS, GAMMAS, partOf, pointOf, type Reading, sum } from './reading.ts';

/** By p_t, as bins of the histogram. */
const RANGES = [
  { name: 'below 0.5', bins: [0, 10] },
  { name: '0.5 to 0.8', bins: [10, 16] },
  { name: '0.8 to 0.9', bins: [16, 18] },
  { name: '0.9 to 0.95', bins: [18, 19] },
  { name: 'from 0.95', bins: [19, 20] },
  { name: 'all', bins: [0, 20] },
] as const;
/** p_t ≥ 0.9. */
export const EASY_BINS = [18, 20] as const;

/** The histogram of both sides before focusing and at the setting that is chosen, in few rows. */
export function histogramTable({ chosen }: Reading): string {
  const { positives, negatives } = chosen.difficulty;
  return renderTable({
    columns: ['p_t', 'positives', 'negatives', 'CE of positives', 'of negatives', 'FL of positives', 'of negatives'],
    rows: RANGES.map(({ name, bins }) => [
      name,
      count(sum(positives.counts.slice(...bins))),
      count(sum(negatives.counts.slice(...bins))),
      ...parts(chosen, 'cross_entropy', bins),
      ...parts(chosen, 'loss', bins),
    ]),
  });
}

function parts(of: Evaluation, field: 'cross_entropy' | 'loss', bins: readonly [number, number]): string[] {
  return (['positive', 'negative'] as const).map((side) => percent(partOf(of, side, field, bins)));
}

/** What each gamma does without alpha. */
export function gammaTable(reading: Reading): string {
  return renderTable({
    columns: [
      'gamma',
      'easy negatives, of the loss',
      'of the gradient',
      'positives, of the gradient',
      'effective examples',
      'loss',
    ],
    rows: GAMMAS.map((gamma) => {
      const evaluation = reading.byGamma.get(gamma)!;
      const point = pointOf(reading, gamma, null);
      return [
        String(gamma),
        percent(partOf(evaluation, 'negative', 'loss', EASY_BINS)),
        percent(partOf(evaluation, 'negative', 'gradient_l1', EASY_BINS)),
        percent(point.positive_share.gradient_l1),
        point.effective_examples!.toFixed(0),
        quantity(point.loss),
      ];
    }),
  });
}

/** What positives have of the gradient, with that nearest to a half in each column set in bold. */
export function alphaTable(reading: Reading): string {
  const share = (gamma: number, alpha: (typeof ALPHAS)[number]) =>
    pointOf(reading, gamma, alpha).positive_share.gradient_l1!;
  const fromHalf = (gamma: number, alpha: (typeof ALPHAS)[number]) => Math.abs(share(gamma, alpha) - 0.5);
  const nearest = new Map(
    GAMMAS.map((gamma) => [gamma, ALPHAS.toSorted((a, b) => fromHalf(gamma, a) - fromHalf(gamma, b))[0]]),
  );
  return renderTable({
    columns: ['alpha', ...GAMMAS.map((gamma) => `gamma ${gamma}`)],
    rows: ALPHAS.map((alpha) => [
      typeof alpha === 'number' ? String(alpha) : 'balanced',
      ...GAMMAS.map((gamma) => {
        const text = percent(share(gamma, alpha));
        return nearest.get(gamma) === alpha ? `**${text}**` : text;
      }),
    ]),
  });
}

/** How few elements carry the loss, by gamma. */
export function concentrationTable({ byGamma }: Reading): string {
  return renderTable({
    columns: ['gamma', 'positives: hardest fifth', 'negatives: hardest fifth', 'hardest tenth', 'hardest hundredth'],
    rows: FIGURE_GAMMAS.map((gamma) => {
      const { positives, negatives } = byGamma.get(gamma)!;
      return [
        String(gamma),
        percent(heldByHardest(0.2, positives)),
        ...[0.2, 0.1, 0.01].map((part) => percent(heldByHardest(part, negatives))),
      ];
    }),
  });
}
