import { type DifficultySide, type Evaluation, QUANTITIES, type Quantity } from './answer.ts';
import { parameter, percent, wholePercent } from './format.ts';
import { find } from './html.ts';
import { type Plot, plot } from './plot.ts';
import { svg } from './svg.ts';
import { prose } from './symbols.ts';
import { type SideName, sidesOf, sum, totals } from './totals.ts';

const PANELS = ['counts', ...QUANTITIES] as const;
type Panel = (typeof PANELS)[number];

const TITLES: Readonly<Record<Panel, string>> = {
  counts: 'Elements',
  cross_entropy: 'Cross-entropy',
  loss: 'Focal loss',
  gradient_l1: 'Gradient',
};
const HEIGHT = 260;
/** What is right already, and easy. */
const EASY_PT = 0.9;

/** Of each panel the bins of both sides, as shares of the whole batch, or of each side for itself. */
interface Bins {
  readonly positives: readonly number[];
  readonly negatives: readonly number[];
}

/** The batch by p_t four times over: its elements, their cross-entropy, their focal loss, and their gradient. */
export function drawDifficulty(figure: HTMLElement, evaluation: Evaluation, ofEachSide: boolean): void {
  const sides = sidesOf(evaluation);
  figure.classList.toggle('one-sided', sides.length < 2);
  find('.meaning', figure).replaceChildren(...prose(meaningOf(evaluation, sides)));

  const binsOf = (panel: Panel) => (ofEachSide ? ownShares : wholeShares)(evaluation, panel, sides);
  const shared = rangeOf(QUANTITIES.map(binsOf));
  for (const panel of PANELS) {
    const bins = binsOf(panel);
    // What is held is compared from panel to panel; elements are another thing.
    const domain = panel === 'counts' ? rangeOf([bins]) : shared;
    const host = find(`[data-panel=${panel}]`, figure);
    const frame = plot(
      { width: host.clientWidth, height: HEIGHT },
      `${TITLES[panel]} in 20 bins of p_t`,
      { domain: [0, 1], ticks: [0, 0.5, 1], format: parameter, title: 'hard ← p_t → easy' },
      { domain, ticks: ticksOf(domain), format: (share) => wholePercent(Math.abs(share)), title: TITLES[panel] },
    );
    for (const side of sides) drawBins(frame, `bin ${panel} ${side}`, bins[side], side === 'positives' ? 1 : -1);
    frame.svg.append(svg('line', { class: 'zero', x1: frame.x(0), x2: frame.x(1), y1: frame.y(0), y2: frame.y(0) }));
    host.replaceChildren(frame.svg);
  }
}

/** @param sign 1 for upwards, −1 for downwards */
function drawBins({ svg: root, x, y }: Plot, className: string, shares: readonly number[], sign: 1 | -1): void {
  shares.forEach((share, i) => {
    if (share === 0) return;
    const [left, right] = [x(i / shares.length), x((i + 1) / shares.length)];
    const [top, bottom] = [y(Math.max(0, sign * share)), y(Math.min(0, sign * share))];
    const size = { width: Math.max(right - left - 1.5, 1), height: bottom - top };
    root.append(svg('rect', { class: className, x: left + 0.75, y: top, ...size }));
  });
}

/** From the largest bin of negatives, downwards, to the largest of positives, in round steps. */
function rangeOf(panels: readonly Bins[]): readonly [number, number] {
  const largest = (side: SideName) => Math.max(0, ...panels.flatMap((bins) => bins[side]));
  const step = stepOf(Math.max(largest('positives'), largest('negatives')));
  return [-Math.ceil(largest('negatives') / step) * step, Math.ceil(largest('positives') / step) * step];
}

function ticksOf([low, high]: readonly [number, number]): number[] {
  const step = stepOf(Math.max(-low, high));
  const count = Math.round((high - low) / step);
  return Array.from({ length: count + 1 }, (_, i) => Math.round((low + i * step) * 1000) / 1000);
}

/** Of 1, 2 or 5 times a power of ten, so that two to five make up the largest. */
function stepOf(largest: number): number {
  return [0.005, 0.01, 0.02, 0.05, 0.1].find((step) => largest <= 5 * step) ?? 0.25;
}

function meaningOf(evaluation: Evaluation, sides: readonly SideName[]): string {
  const hasNegatives = sides.includes('negatives');
  const whole = (panel: Panel) => {
    const { positives, negatives } = wholeShares(evaluation, panel, sides);
    const bins = hasNegatives ? negatives : positives;
    return percent(sum(bins.slice(Math.round(EASY_PT * bins.length))));
  };
  const who = hasNegatives ? 'Easy negatives' : 'Easy examples';
  return (
    `${who} (p_t\u00a0≥\u00a0${EASY_PT}) are ${whole('counts')} of what is counted. They hold ${whole('cross_entropy')} of the ` +
    `cross-entropy, ${whole('loss')} of the focal loss and ${whole('gradient_l1')} of the gradient.`
  );
}

function ownShares({ difficulty }: Evaluation, panel: Panel, sides: readonly SideName[]): Bins {
  const shares = (side: SideName) => (sides.includes(side) ? sideShares(difficulty[side], panel) : []);
  return { positives: shares('positives'), negatives: shares('negatives') };
}

/** Of the sides that are shown: one by itself is the whole. */
function wholeShares(evaluation: Evaluation, panel: Panel, sides: readonly SideName[]): Bins {
  const { positives, negatives } = ownShares(evaluation, panel, sides);
  if (sides.length < 2) return { positives, negatives };
  const { positives: fore, negatives: back } = evaluation.difficulty;
  const share =
    panel === 'counts'
      ? sum(fore.counts) / (sum(fore.counts) + sum(back.counts))
      : (totals(evaluation.per_class, panel).positiveShare ?? 0);
  return { positives: positives.map((bin) => bin * share), negatives: negatives.map((bin) => bin * (1 - share)) };
}

export function sideShares(side: DifficultySide, panel: 'counts' | Quantity): number[] {
  if (panel !== 'counts') return [...(side[panel] ?? side.counts.map(() => 0))];
  const total = sum(side.counts);
  return side.counts.map((bin) => bin / total);
}
