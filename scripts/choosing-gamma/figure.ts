import type { LossCurve } from './loss-curve.ts';
import { FIGURE_GAMMAS, type Reading } from './reading.ts';

const WIDTH = 820;
const HEIGHT = 400;
const SIZE = 300;
const TOP = 56;
const LEFTS = { positives: 64, negatives: 474 } as const;
const TICKS = [0, 0.25, 0.5, 0.75, 1];
/** From cross-entropy, in grey, to gamma 2. */
const COLOURS = ['#8c8c8c', '#7ab8e6', '#2f82c3', '#0b3d75'] as const;
/** Parts of the elements at which the curves are drawn: closer where those of negatives bend. */
const PARTS = [...steps(0, 0.9, 45), ...steps(0.9, 0.99, 18).slice(1), ...steps(0.99, 1, 20).slice(1)];

/** Figure 4 of the paper as an SVG of its own, on white in any theme. */
export function lossCurvesFigure({ byGamma }: Reading): string {
  const panel = (side: keyof typeof LEFTS) =>
    drawPanel(
      side,
      FIGURE_GAMMAS.map((gamma) => byGamma.get(gamma)![side]),
    );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13" fill="#333">`,
    '<title>What part of the loss the elements hold, from the easiest on, at gamma 0, 0.5, 1 and 2</title>',
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...panel('positives'),
    ...panel('negatives'),
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel(side: keyof typeof LEFTS, curves: readonly LossCurve[]): string[] {
  const left = LEFTS[side];
  const bottom = TOP + SIZE;
  const x = (value: number) => round(left + value * SIZE);
  const y = (value: number) => round(bottom - value * SIZE);
  return [
    `<text x="${left}" y="24" font-size="16" font-weight="600">${side[0]!.toUpperCase()}${side.slice(1)}</text>`,
    `<text x="${left}" y="43" fill="#666">part of their loss</text>`,
    `<text x="${left + SIZE}" y="${bottom + 38}" text-anchor="end" fill="#666">part of the ${side}, easiest first</text>`,
    ...TICKS.flatMap((tick) => [
      `<path d="M${left} ${y(tick)}h${SIZE}" stroke="#e3e3e3"/>`,
      `<text x="${left - 8}" y="${y(tick) + 4.5}" text-anchor="end">${tick}</text>`,
      `<text x="${x(tick)}" y="${bottom + 19}" text-anchor="middle">${tick}</text>`,
    ]),
    `<path d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}" stroke="#ccc" stroke-dasharray="3 4"/>`,
    ...curves.map((curve, i) => {
      const points = PARTS.map((part) => `${x(part)} ${y(curve(part))}`);
      return `<path d="M${points.join('L')}" fill="none" stroke="${COLOURS[i]}" stroke-width="2"/>`;
    }),
    // Above the diagonal there are no curves.
    ...FIGURE_GAMMAS.map((gamma, i) => {
      const line = TOP + 14 + 17 * i;
      return (
        `<path d="M${left + 14} ${line}h24" stroke="${COLOURS[i]}" stroke-width="2"/>` +
        `<text x="${left + 46}" y="${line + 4.5}">gamma ${gamma}</text>`
      );
    }),
  ];
}

function steps(from: number, to: number, count: number): number[] {
  return Array.from({ length: count + 1 }, (_, i) => from + (i / count) * (to - from));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
