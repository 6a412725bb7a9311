import { count, exactPercent, parameter, percent, wholePercent } from '../format.ts';
import { formatMath } from '../format-math.ts';
import { find } from '../html.ts';
import { type Evaluation, QUANTITIES, type Side } from '../service/evaluation.ts';
import { line, svg } from '../svg.ts';
import type { CursorStops } from './chart-cursor.ts';
import { isOutlined, type PinnedLoss } from './pinned-loss.ts';
import { type Plot, plot } from './plot.ts';
import { type MarkedPlot, plotStops } from './plot-stops.ts';
import { EASY_PT } from './recommend-start.ts';
import { roundStep } from './ticks.ts';
import { binShares, sidesWithLoss, sum, totals } from './totals.ts';

const PANELS = ['counts', ...QUANTITIES] as const;
type Panel = (typeof PANELS)[number];

const TITLES: Readonly<Record<Panel, string>> = {
  counts: 'Elements',
  cross_entropy: 'Cross-entropy',
  loss: 'Focal loss',
  gradient_l1: 'Gradient',
};
const HEIGHT = 260;

/** The bins of one panel, as shares of the whole batch or, if normalized, of their own side. */
type Bins = Readonly<Record<Side, readonly number[]>>;

/**
 * Draws four histograms over p_t: elements, cross-entropy, focal loss and gradient.
 *
 * @param normalizeSides whether the bins of each side add up to 1
 * @param pinned what is outlined in front of the bins, where it differs
 */
export function drawDifficultyChart(
  figure: HTMLElement,
  evaluation: Evaluation,
  normalizeSides: boolean,
  pinned: PinnedLoss | null,
): CursorStops {
  const sides = sidesWithLoss(evaluation);
  figure.classList.toggle('one-sided', sides.length < 2);
  find('.summary', figure).replaceChildren(...formatMath(summarize(evaluation, sides)));

  const sharesOf = normalizeSides ? sideShares : batchShares;
  const binsOf = (panel: Panel) => sharesOf(evaluation, panel, sides);
  const outlineOf = (panel: Panel): Bins | null => {
    if (!pinned) return null;
    const bins = sharesOf(pinned.evaluation, panel, sides);
    return sides.some((side) => isOutlined(bins[side], binsOf(panel)[side])) ? bins : null;
  };
  const shownIn = (panel: Panel) => [binsOf(panel), outlineOf(panel) ?? []].flat();
  const sharedDomain = domainOf(QUANTITIES.flatMap(shownIn));
  const marked = PANELS.map((panel): MarkedPlot => {
    const bins = binsOf(panel);
    // The quantities share one axis, so that they can be compared. The counts have their own.
    const outline = outlineOf(panel);
    const domain = panel === 'counts' ? domainOf(shownIn(panel)) : sharedDomain;
    const host = find(`[data-panel=${panel}]`, figure);
    const frame = plot(
      { width: host.clientWidth, height: HEIGHT },
      `${TITLES[panel]} in 20 bins of p_t`,
      { domain: [0, 1], ticks: [0, 0.5, 1], format: parameter, title: 'hard ← p_t → easy' },
      { domain, ticks: ticksOf(domain), format: (share) => wholePercent(Math.abs(share)), title: TITLES[panel] },
    );
    for (const side of sides) {
      const sign = side === 'positives' ? 1 : -1;
      drawBins(frame, `bin ${panel} ${side}`, bins[side], sign);
      if (outline) frame.svg.append(line(`bin-outline ${panel}`, stepsAlong(frame, outline[side], sign)));
    }
    const zero = { x1: frame.x(0), x2: frame.x(1), y1: frame.y(0), y2: frame.y(0) };
    frame.svg.append(svg('line', { class: 'zero-line', ...zero }));
    host.replaceChildren(frame.svg);
    return { plot: frame, valuesAt: () => [] };
  });
  const bins = evaluation.difficulty.positives.counts.length;
  const positions = Array.from({ length: bins }, (_, bin) => (bin + 0.5) / bins);
  return plotStops(marked, positions, (bin) => describeBin(evaluation, sides, { binsOf, outlineOf }, bin));
}

/** Counts as they are; of the quantities the shares that are drawn. */
function describeBin(
  { difficulty }: Evaluation,
  sides: readonly Side[],
  { binsOf, outlineOf }: { binsOf: (panel: Panel) => Bins; outlineOf: (panel: Panel) => Bins | null },
  bin: number,
): string {
  const width = 1 / difficulty.positives.counts.length;
  const ofSides = (text: (side: Side) => string) =>
    sides.map((side) => `${text(side)}${sides.length > 1 ? ` ${side}` : ''}`).join(', ');
  const counts = ofSides((side) => count(difficulty[side].counts[bin]!));
  const shares = QUANTITIES.map((panel) => {
    const outline = outlineOf(panel);
    const text = (bins: Bins) => ofSides((side) => exactPercent(bins[side][bin] ?? 0));
    return `${TITLES[panel].toLowerCase()}: ${text(binsOf(panel))}${outline ? ` (pinned ${text(outline)})` : ''}`;
  });
  const range = `p_t\u00a0${parameter(bin * width)}–${parameter((bin + 1) * width)}`;
  return [range, `elements: ${counts}`, ...shares].join(' · ');
}

/** @param sign 1 for upward, −1 for downward */
function drawBins({ svg: root, x, y }: Plot, className: string, shares: readonly number[], sign: 1 | -1): void {
  shares.forEach((share, i) => {
    if (share === 0) return;
    const [left, right] = [x(i / shares.length), x((i + 1) / shares.length)];
    const [top, bottom] = [y(Math.max(0, sign * share)), y(Math.min(0, sign * share))];
    const size = { width: Math.max(right - left - 1.5, 1), height: bottom - top };
    root.append(svg('rect', { class: className, x: left + 0.75, y: top, ...size }));
  });
}

/** The contour of bins: along the top of each, and down to zero at both ends. */
function stepsAlong({ x, y }: Plot, shares: readonly number[], sign: 1 | -1): [number, number][] {
  const tops = shares.flatMap((share, i): [number, number][] => {
    const top = y(sign * share);
    return [
      [x(i / shares.length), top],
      [x((i + 1) / shares.length), top],
    ];
  });
  return [[x(0), y(0)], ...tops, [x(1), y(0)]];
}

/**
 * From the largest bin of the negatives, downward, to the largest of the positives, rounded up to whole steps. Bins of losses
 * below 0 are on the other side.
 */
function domainOf(panels: readonly Bins[]): readonly [number, number] {
  const up = panels.flatMap(({ positives, negatives }) => [...positives, ...negatives.map((share) => -share)]);
  const [low, high] = [Math.min(0, ...up), Math.max(0, ...up)];
  const step = stepOf(Math.max(-low, high));
  return [Math.floor(low / step) * step, Math.ceil(high / step) * step];
}

function ticksOf([low, high]: readonly [number, number]): number[] {
  const step = stepOf(Math.max(-low, high));
  const count = Math.round((high - low) / step);
  return Array.from({ length: count + 1 }, (_, i) => Math.round((low + i * step) * 1000) / 1000);
}

/** A round distance between ticks, such that at most five steps cover the largest bin. */
function stepOf(largest: number): number {
  const usual = [0.005, 0.01, 0.02, 0.05, 0.1, 0.25].find((step) => largest <= 5 * step);
  return usual ?? roundStep(largest / 5);
}

function summarize(evaluation: Evaluation, sides: readonly Side[]): string {
  const hasNegatives = sides.includes('negatives');
  const easy = (panel: Panel) => {
    const { positives, negatives } = batchShares(evaluation, panel, sides);
    const bins = hasNegatives ? negatives : positives;
    return percent(sum(bins.slice(Math.round(EASY_PT * bins.length))));
  };
  const subject = hasNegatives ? 'Easy negatives' : 'Easy examples';
  return (
    `${subject} (p_t\u00a0≥\u00a0${EASY_PT}) make up ${easy('counts')} of the elements. They have ${easy('cross_entropy')} of the ` +
    `cross-entropy, ${easy('loss')} of the focal loss and ${easy('gradient_l1')} of the gradient.`
  );
}

function sideShares({ difficulty }: Evaluation, panel: Panel, sides: readonly Side[]): Bins {
  const shares = (side: Side) => (sides.includes(side) ? binShares(difficulty[side], panel) : []);
  return { positives: shares('positives'), negatives: shares('negatives') };
}

/** If only one side is shown, it is the whole batch. */
function batchShares(evaluation: Evaluation, panel: Panel, sides: readonly Side[]): Bins {
  const { positives, negatives } = sideShares(evaluation, panel, sides);
  if (sides.length < 2) return { positives, negatives };
  const share =
    panel === 'counts' ? positiveCountShare(evaluation) : (totals(evaluation.per_class, panel).positiveShare ?? 0);
  return { positives: positives.map((bin) => bin * share), negatives: negatives.map((bin) => bin * (1 - share)) };
}

function positiveCountShare({ difficulty }: Evaluation): number {
  const [positives, negatives] = [sum(difficulty.positives.counts), sum(difficulty.negatives.counts)];
  return positives / (positives + negatives);
}
