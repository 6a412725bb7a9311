import { count, percent, quantity } from '../../src/explorer/format.ts';
import { distance, heldByHardest } from './loss-curve.ts';
import { CHOSEN, partOf, pointOf, type Reading, sum } from './reading.ts';
import { alphaTable, concentrationTable, EASY_BINS, gammaTable, histogramTable } from './tables.ts';

export const PAGE = new URL('../../docs/tutorials/choosing-gamma.md', import.meta.url);
export const FIGURE = new URL('../../docs/tutorials/choosing-gamma.svg', import.meta.url);

/** `<!--=name-->value<!--=-->`, which shows the value alone; in a sentence never first in its line, which would end it. */
const PLACE = /(<!--=([\w-]+)-->)[\s\S]*?(<!--=-->)/g;

/** The page with the service's response in place of every number. */
export function withFigures(page: string, reading: Reading): string {
  const values = valuesOf(reading);
  const used = new Set<string>();
  const written = page.replace(PLACE, (_, before: string, name: string, after: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the page wants ${name}, which nothing says`);
    used.add(name);
    return `${before}${value}${after}`;
  });
  const unused = Object.keys(values).filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`the page has no place for ${unused}`);
  return written;
}

function valuesOf(reading: Reading): Readonly<Record<string, string>> {
  const { byGamma, chosen, sweep } = reading;
  const [plain, focused] = [byGamma.get(0)!, byGamma.get(CHOSEN.gamma)!];
  const { counts, difficulty } = chosen;
  const negatives = sum(difficulty.negatives.counts);
  const balanced = pointOf(reading, CHOSEN.gamma, { balanced: true });
  const table = (text: string) => `\n\n${text}\n\n`;
  return {
    'histogram-table': table(histogramTable(reading)),
    'gamma-table': table(gammaTable(reading)),
    'alpha-table': table(alphaTable(reading)),
    'concentration-table': table(concentrationTable(reading)),

    anchors: count(counts.samples),
    positives: count(counts.positives),
    negatives: count(negatives),
    'easy-count': percent(sum(difficulty.negatives.counts.slice(...EASY_BINS)) / (counts.positives + negatives)),
    'easy-cross-entropy': percent(partOf(chosen, 'negative', 'cross_entropy', EASY_BINS)),
    'positive-cross-entropy': percent(partOf(chosen, 'positive', 'cross_entropy')),
    'easy-loss': percent(partOf(chosen, 'negative', 'loss', EASY_BINS)),
    'positive-loss': percent(partOf(chosen, 'positive', 'loss')),

    'easy-gradient-0': percent(partOf(plain, 'negative', 'gradient_l1', EASY_BINS)),
    'easy-gradient-1': percent(partOf(byGamma.get(1)!, 'negative', 'gradient_l1', EASY_BINS)),
    'easy-gradient-2': percent(partOf(focused, 'negative', 'gradient_l1', EASY_BINS)),
    'effective-2': pointOf(reading, 2, null).effective_examples!.toFixed(0),
    'effective-5': pointOf(reading, 5, null).effective_examples!.toFixed(0),
    'loss-0': quantity(pointOf(reading, 0, null).loss),
    'loss-5': quantity(pointOf(reading, 5, null).loss),

    'balanced-alpha': balanced.alpha_weights!.at(-1)!.toFixed(3),
    'balanced-gradient': percent(balanced.positive_share.gradient_l1),
    'chosen-gradient': percent(pointOf(reading, CHOSEN.gamma, CHOSEN.alpha).positive_share.gradient_l1),
    'small-negatives': count(sweep.classes[0]!.negatives),
    'small-positives': count(sweep.classes[0]!.positives),
    'small-gradient': percent(chosen.per_class[0]!.gradient_l1.share),

    'fifth-positives-0': percent(heldByHardest(0.2, plain.positives)),
    'fifth-positives-2': percent(heldByHardest(0.2, focused.positives)),
    'fifth-negatives-0': percent(heldByHardest(0.2, plain.negatives)),
    'tenth-negatives-0': percent(heldByHardest(0.1, plain.negatives)),
    'tenth-negatives-2': percent(heldByHardest(0.1, focused.negatives)),
    'hundredth-negatives-2': percent(heldByHardest(0.01, focused.negatives)),
    'moved-positives': points(distance(plain.positives, focused.positives)),
    'moved-negatives': points(distance(plain.negatives, focused.negatives)),
    'mean-positive': meanPt(chosen.per_class).toFixed(2),
    'easiest-negatives': percent(difficulty.negatives.counts.at(-1)! / negatives),
  };
}

function meanPt(classes: Reading['chosen']['per_class']): number {
  return (
    sum(classes.map((row) => (row.mean_pt.positive ?? 0) * row.positives)) / sum(classes.map((row) => row.positives))
  );
}

/** Percentage points. */
function points(difference: number): string {
  return (100 * difference).toFixed(0);
}
