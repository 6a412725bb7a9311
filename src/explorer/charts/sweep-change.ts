import { describeAlpha, type HyperParameters, sameAlpha, sideGammas } from '../hyper-parameters.ts';
import type { SweepMetric } from './sweep-metrics.ts';

/** Shares that differ by less than one percentage point count as the same. */
export const ONE_POINT = 0.01;

/** What a choice changes: "γ 2 → 3, α 0.25 → 0.5: positives’ share of the gradient 31 % → 48 %". */
export function describeChange(
  from: HyperParameters,
  to: HyperParameters,
  { phrase, format, isShare }: Pick<SweepMetric, 'phrase' | 'format' | 'isShare'>,
  before: number | null,
  after: number | null,
): string {
  const changed = `${describeGammaChange(from, to)}, ${describeAlphaChange(from, to)}`;
  const text = (value: number | null) => (value === null ? '–' : format(value));
  if (before === null || text(before) === text(after)) return `${changed}: ${phrase} ${text(after)}`;
  if (isShare && after !== null && Math.abs(after - before) < ONE_POINT) {
    return `${changed}: ${phrase} hardly changes, ${text(before)} → ${text(after)}`;
  }
  return `${changed}: ${phrase} ${text(before)} → ${text(after)}`;
}

function describeGammaChange({ gamma: from }: HyperParameters, { gamma: to }: HyperParameters): string {
  if (JSON.stringify(from) === JSON.stringify(to)) return `γ ${gammaText(to)}`;
  return `γ ${gammaText(from)} → ${gammaText(to)}`;
}

function gammaText(gamma: HyperParameters['gamma']): string {
  if (typeof gamma === 'number') return String(gamma);
  const { positive, negative } = sideGammas(gamma);
  return `${positive}/${negative}`;
}

function describeAlphaChange({ alpha: from }: HyperParameters, { alpha: to }: HyperParameters): string {
  return sameAlpha(from, to) ? `α ${describeAlpha(to)}` : `α ${describeAlpha(from)} → ${describeAlpha(to)}`;
}
