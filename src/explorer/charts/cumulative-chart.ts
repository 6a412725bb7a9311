import { exactPercent, percent, wholePercent } from '../format.ts';
import { find } from '../html.ts';
import { type Evaluation, QUANTITIES, type Quantity, SIDES, type Side } from '../service/evaluation.ts';
import { line } from '../svg.ts';
import type { CursorStops } from './chart-cursor.ts';
import { isOutlined, type PinnedLoss } from './pinned-loss.ts';
import { type Axis, plot } from './plot.ts';
import { type MarkedPlot, plotStops } from './plot-stops.ts';
import { ticksBetween } from './ticks.ts';
import { binShares, sidesWithLoss } from './totals.ts';

const HEIGHT = 280;
const HARDEST_SHARE = 0.1;
const TICKS = [0, 0.25, 0.5, 0.75, 1];
const CLASS_NAMES: Readonly<Record<Quantity, string>> = {
  cross_entropy: 'cross-entropy',
  loss: 'loss',
  gradient_l1: 'gradient',
};

/** Where values can be read: each per cent of the examples, from the easiest. */
const STOPS = Array.from({ length: 101 }, (_, i) => i / 100);
const QUANTITY_NAMES: Readonly<Record<Quantity, string>> = {
  cross_entropy: 'cross-entropy',
  loss: 'focal loss',
  gradient_l1: 'gradient',
};

/** From the easiest example to the hardest: a share of the examples, and their share of a quantity. */
type Curve = readonly (readonly [examples: number, quantity: number])[];

/** Draws figure 4 of the paper for this batch. */
export function drawCumulativeChart(
  figure: HTMLElement,
  evaluation: Evaluation,
  pinned: PinnedLoss | null,
): CursorStops {
  const sides = sidesWithLoss(evaluation);
  const sentences = sides.map((side) => {
    const hardest = (quantity: Quantity) =>
      percent(1 - interpolate(cumulate(evaluation, side, quantity), 1 - HARDEST_SHARE));
    const examples = side === 'positives' && sides.length === 1 ? 'examples' : side;
    return `the hardest tenth of the ${examples} has about ${hardest('cross_entropy')} of their cross-entropy and ${hardest('loss')} of their focal loss`;
  });
  const text = sentences.join('; ');
  find('.summary', figure).textContent = `${text[0]!.toUpperCase()}${text.slice(1)}.`;

  const marked: MarkedPlot[] = [];
  const readings: ((stop: number) => string)[] = [];
  for (const side of SIDES) {
    const host = find(`[data-side=${side}]`, figure);
    host.hidden = !sides.includes(side);
    if (host.hidden) continue;
    const name = sides.length === 1 ? 'examples' : side;
    const x: Axis = {
      domain: [0, 1],
      ticks: TICKS,
      format: wholePercent,
      title: `Share of the ${name}, easiest first`,
    };
    const curves = QUANTITIES.filter((quantity) => evaluation.difficulty[side][quantity]).map((quantity) => {
      const curve = cumulate(evaluation, side, quantity);
      return { quantity, curve, outline: pinned && outlineOf(pinned, side, quantity, curve) };
    });
    // Cumulative shares of losses that may be negative leave the range from 0 to 1.
    const shares = curves.flatMap(({ curve, outline }) => [...curve, ...(outline ?? [])].map(([, share]) => share));
    const [low, high] = [Math.min(...shares), Math.max(...shares)];
    const ticks = low > -1e-6 && high < 1 + 1e-6 ? TICKS : ticksBetween(Math.min(0, low), Math.max(1, high));
    const y: Axis = {
      domain: [ticks[0]!, ticks.at(-1)!],
      ticks,
      format: wholePercent,
      title: 'Their share of each quantity',
    };
    const label = `Cumulative share of each quantity, from the easiest of the ${name} to the hardest`;
    const frame = plot({ width: host.clientWidth, height: HEIGHT }, label, x, y);
    frame.area.append(
      line('diagonal', [
        [frame.x(0), frame.y(0)],
        [frame.x(1), frame.y(1)],
      ]),
    );
    for (const { quantity, curve, outline } of curves) {
      const draw = (className: string, drawn: Curve) => {
        const points = drawn.map(([examples, share]) => [frame.x(examples), frame.y(share)] as const);
        frame.area.append(line(`curve ${CLASS_NAMES[quantity]}${className}`, points));
      };
      if (outline) draw(' pinned', outline);
      draw('', curve);
    }
    host.replaceChildren(frame.svg);
    const valuesAt = (stop: number) => curves.map(({ curve }) => interpolate(curve, STOPS[stop]!));
    marked.push({ plot: frame, valuesAt });
    readings.push((stop) => {
      const shares = curves.map(({ quantity, outline }, i) => {
        const before = outline ? ` (pinned ${exactPercent(1 - interpolate(outline, STOPS[stop]!))})` : '';
        return `${QUANTITY_NAMES[quantity]} ${exactPercent(1 - valuesAt(stop)[i]!)}${before}`;
      });
      return `of the ${name} ${shares.join(', ')}`;
    });
  }
  return plotStops(marked, STOPS, (stop) => {
    const hardest = `The hardest ${wholePercent(1 - STOPS[stop]!)}, about:`;
    return `${hardest} ${readings.map((reading) => reading(stop)).join(' · ')}`;
  });
}

/** The curve of the pinned setting, where it is another one. */
function outlineOf({ evaluation }: PinnedLoss, side: Side, quantity: Quantity, current: Curve): Curve | null {
  if (!evaluation.difficulty[side][quantity]) return null;
  const curve = cumulate(evaluation, side, quantity);
  return isOutlined(curve.flat(), current.flat()) ? curve : null;
}

function cumulate({ difficulty }: Evaluation, side: Side, quantity: Quantity): Curve {
  const counts = binShares(difficulty[side], 'counts').reverse();
  const shares = binShares(difficulty[side], quantity).reverse();
  const curve: [number, number][] = [[0, 0]];
  counts.forEach((count, i) => {
    const [examples, share] = curve[i]!;
    curve.push([examples + count, share + shares[i]!]);
  });
  return curve;
}

/** Interpolates linearly, as if all examples of a bin were alike. */
function interpolate(curve: Curve, examples: number): number {
  const after = curve.findIndex(([share]) => share >= examples);
  if (after <= 0) return after === 0 ? 0 : 1;
  const [[x0, y0], [x1, y1]] = [curve[after - 1]!, curve[after]!];
  return y0 + ((examples - x0) / (x1 - x0)) * (y1 - y0);
}
