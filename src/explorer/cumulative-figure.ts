import { type Evaluation, QUANTITIES, type Quantity } from './answer.ts';
import { sideShares } from './difficulty-figure.ts';
import { percent, wholePercent } from './format.ts';
import { find } from './html.ts';
import { type Axis, plot } from './plot.ts';
import { line } from './svg.ts';
import { type SideName, sidesOf } from './totals.ts';

const HEIGHT = 280;
const HARDEST = 0.1;
const TICKS = [0, 0.25, 0.5, 0.75, 1];
const CLASS_NAMES: Readonly<Record<Quantity, string>> = {
  cross_entropy: 'cross-entropy',
  loss: 'loss',
  gradient_l1: 'gradient',
};

/** From the easiest to the hardest: what part of the examples, and what part of a quantity they hold. */
type Curve = readonly (readonly [examples: number, held: number])[];

/** Figure 4 of the paper, for this batch. */
export function drawCumulative(figure: HTMLElement, evaluation: Evaluation): void {
  const sides = sidesOf(evaluation);
  const sentences = sides.map((side) => {
    const held = (quantity: Quantity) => percent(1 - heldBy(1 - HARDEST, curveOf(evaluation, side, quantity)));
    const whose = side === 'positives' && sides.length === 1 ? 'examples' : side;
    return `the hardest tenth of ${whose} holds about ${held('cross_entropy')} of their cross-entropy and ${held('loss')} of their focal loss`;
  });
  const text = sentences.join('; ');
  find('.meaning', figure).textContent = `${text[0]!.toUpperCase()}${text.slice(1)}.`;

  for (const side of ['positives', 'negatives'] as const) {
    const host = find(`[data-side=${side}]`, figure);
    host.hidden = !sides.includes(side);
    if (host.hidden) continue;
    const name = sides.length === 1 ? 'examples' : side;
    const x: Axis = { domain: [0, 1], ticks: TICKS, format: wholePercent, title: `Of the ${name}, easiest first` };
    const y: Axis = { domain: [0, 1], ticks: TICKS, format: wholePercent, title: `What the ${name} so far hold` };
    const frame = plot({ width: host.clientWidth, height: HEIGHT }, `${y.title}, by quantity`, x, y);
    frame.svg.append(
      line('even', [
        [frame.x(0), frame.y(0)],
        [frame.x(1), frame.y(1)],
      ]),
    );
    for (const quantity of QUANTITIES) {
      if (!evaluation.difficulty[side][quantity]) continue;
      const points = curveOf(evaluation, side, quantity).map(
        ([examples, held]) => [frame.x(examples), frame.y(held)] as const,
      );
      frame.svg.append(line(`curve ${CLASS_NAMES[quantity]}`, points));
    }
    host.replaceChildren(frame.svg);
  }
}

function curveOf({ difficulty }: Evaluation, side: SideName, quantity: Quantity): Curve {
  const counts = sideShares(difficulty[side], 'counts').reverse();
  const shares = sideShares(difficulty[side], quantity).reverse();
  const curve: [number, number][] = [[0, 0]];
  counts.forEach((bin, i) => {
    const [examples, held] = curve[i]!;
    curve.push([examples + bin, held + shares[i]!]);
  });
  return curve;
}

/** As if inside a bin all were alike. */
function heldBy(examples: number, curve: Curve): number {
  const after = curve.findIndex(([part]) => part >= examples);
  if (after <= 0) return after === 0 ? 0 : 1;
  const [[fromPart, fromHeld], [toPart, toHeld]] = [curve[after - 1]!, curve[after]!];
  return fromHeld + ((examples - fromPart) / (toPart - fromPart)) * (toHeld - fromHeld);
}
