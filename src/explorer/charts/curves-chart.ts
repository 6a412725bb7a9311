import { axisNumber, parameter, percent, quantity } from '../format.ts';
import { formatMath } from '../format-math.ts';
import { find } from '../html.ts';
import type { HyperParameters } from '../hyper-parameters.ts';
import { describeForm, type LossForm, sideLosses } from '../loss-form.ts';
import { line } from '../svg.ts';
import type { CursorStops } from './chart-cursor.ts';
import { focalGradient, focalLoss, type SideLoss } from './focal-curve.ts';
import type { PinnedLoss } from './pinned-loss.ts';
import { type Axis, plot } from './plot.ts';
import { plotStops } from './plot-stops.ts';
import { ticksBetween } from './ticks.ts';

/** Below this p_t, cross-entropy exceeds 5, the end of the loss axis. */
const MIN_PT = Math.exp(-5);
const STEPS = 160;
const PTS = Array.from({ length: STEPS + 1 }, (_, i) => MIN_PT + (1 - MIN_PT) * (i / STEPS));
const HEIGHT = 270;

const PT_AXIS: Axis = {
  domain: [0, 1],
  ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
  format: parameter,
  title: 'p_t, the probability of the true label',
};
const LOSS_TITLE = 'Loss of one element';
const GRADIENT_TITLE = 'Magnitude of its gradient';
/** What the axes show at least. */
const LOSS_RANGE = [0, 5] as const;
const GRADIENT_RANGE = [0, 1.5] as const;

/** Where values can be read. */
const STOPS = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);

const CROSS_ENTROPY: SideLoss = { gamma: 0, weight: 1 };

/** Draws figure 1 of the paper with these hyperparameters: the loss and the gradient of one element by its p_t. */
export function drawCurvesChart(
  figure: HTMLElement,
  parameters: HyperParameters,
  form: LossForm,
  pinned: PinnedLoss | null,
): CursorStops {
  const { positive, negative } = sideLosses(parameters, form);
  const { alpha } = parameters;
  const isPerClass = typeof alpha === 'object' && alpha !== null;
  const hasBothSides = hasTwoCurves(parameters, form);
  const kept = (pt: number, side: SideLoss) => percent(focalLoss(pt, side) / focalLoss(pt, CROSS_ENTROPY));

  const examples = hasBothSides
    ? `An easy positive (p_t\u00a0=\u00a00.9) keeps ${kept(0.9, positive)} of its cross-entropy, a hard one (p_t\u00a0=\u00a00.1) ` +
      `${kept(0.1, positive)}; negatives keep ${kept(0.9, negative)} and ${kept(0.1, negative)}.`
    : `${isPerClass ? 'Without α, which differs by class, an' : 'An'} easy example (p_t\u00a0=\u00a00.9) keeps ${kept(0.9, positive)} of its cross-entropy, a hard one (p_t\u00a0=\u00a00.1) ` +
      `${kept(0.1, positive)}.`;
  const summary = [...describeForm(form), examples].join(' ');
  find('.summary', figure).replaceChildren(...formatMath(summary));
  figure.classList.toggle('one-sided', !hasBothSides);

  const sides = hasBothSides ? [positive, negative] : [positive];
  const outlined = pinned ? outlinesOf(pinned) : [];
  const draw = (
    host: HTMLElement,
    title: string,
    [low, high]: readonly [number, number],
    valueAt: typeof focalLoss,
  ) => {
    const values = [...sides, ...outlined].flatMap((side) => PTS.map((pt) => valueAt(pt, side)));
    const ticks = ticksBetween(Math.min(low, ...values), Math.max(high, ...values));
    const y: Axis = { domain: [ticks[0]!, ticks.at(-1)!], ticks, format: axisNumber, title };
    const size = { width: host.clientWidth, height: HEIGHT };
    const frame = plot(size, `${y.title} by p_t, focal loss compared with cross-entropy`, PT_AXIS, y);
    const curve = (className: string, side: SideLoss) =>
      line(
        className,
        PTS.map((pt) => [frame.x(pt), frame.y(valueAt(pt, side))] as const),
      );
    frame.area.append(curve('curve cross-entropy', CROSS_ENTROPY));
    outlined.forEach((side, i) => {
      frame.area.append(curve(i === 0 ? 'curve loss pinned' : 'curve loss negative pinned', side));
    });
    if (hasBothSides) frame.area.append(curve('curve loss negative', negative));
    frame.area.append(curve('curve loss', positive));
    host.replaceChildren(frame.svg);
    const valuesAt = (stop: number) =>
      [CROSS_ENTROPY, ...sides, ...outlined].map((side) => valueAt(STOPS[stop]!, side));
    return { plot: frame, valuesAt };
  };
  const loss = draw(find('.loss-curves', figure), LOSS_TITLE, LOSS_RANGE, focalLoss);
  const gradient = draw(find('.gradient-curves', figure), GRADIENT_TITLE, GRADIENT_RANGE, focalGradient);
  const names = ['cross-entropy', ...namesOf(sides), ...namesOf(outlined).map((name) => `pinned ${name}`)];
  const list = (values: readonly number[]) => values.map((value, i) => `${names[i]} ${quantity(value)}`).join(', ');
  return plotStops(
    [loss, gradient],
    STOPS,
    (stop) =>
      `p_t\u00a0=\u00a0${parameter(STOPS[stop]!)} · loss: ${list(loss.valuesAt(stop))} · gradient: ${list(gradient.valuesAt(stop))}`,
  );
}

function hasTwoCurves(parameters: HyperParameters, form: LossForm): boolean {
  const { positive, negative } = sideLosses(parameters, form);
  return !form.softmax && [0.1, 0.9].some((pt) => focalLoss(pt, positive) !== focalLoss(pt, negative));
}

function outlinesOf({ parameters, form }: PinnedLoss): SideLoss[] {
  const { positive, negative } = sideLosses(parameters, form);
  return hasTwoCurves(parameters, form) ? [positive, negative] : [positive];
}

function namesOf(sides: readonly SideLoss[]): string[] {
  if (sides.length === 0) return [];
  return sides.length === 1 ? ['focal loss'] : ['positives', 'negatives'];
}
