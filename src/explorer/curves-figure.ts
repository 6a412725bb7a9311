import { focalLoss, focalSlope } from './focal-curve.ts';
import { parameter, percent } from './format.ts';
import { find } from './html.ts';
import { type Axis, plot } from './plot.ts';
import type { Alpha, Setting } from './setting.ts';
import { line } from './svg.ts';
import { prose } from './symbols.ts';

/** Below this p_t even cross-entropy leaves the picture, whose height is 5. */
const LOWEST_PT = Math.exp(-5);
const STEPS = 160;
const HEIGHT = 270;

const PT_AXIS: Axis = {
  domain: [0, 1],
  ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
  format: parameter,
  title: 'p_t, the probability of what is right',
};

const UNWEIGHTED = { positive: 1, negative: 1 };

/** Figure 1 of the paper, at the chosen setting: by p_t, the loss of an element, and how hard it pulls at its logit. */
export function drawCurves(figure: HTMLElement, setting: Setting, softmax: boolean): void {
  const { gamma } = setting;
  const weights = softmax ? UNWEIGHTED : sideWeights(setting.alpha);
  const perClass = typeof setting.alpha === 'object' && setting.alpha !== null;
  const sided = weights.positive !== weights.negative;
  const kept = (pt: number, weight: number) => percent(weight * (1 - pt) ** gamma);

  const meaning = sided
    ? `An easy positive (p_t\u00a0=\u00a00.9) keeps ${kept(0.9, weights.positive)} of its cross-entropy, a hard one (p_t\u00a0=\u00a00.1) ` +
      `${kept(0.1, weights.positive)}; negatives keep ${kept(0.9, weights.negative)} and ${kept(0.1, weights.negative)}.`
    : `${perClass ? 'Before α, which is one per class, an' : 'An'} easy example (p_t\u00a0=\u00a00.9) keeps ${kept(0.9, weights.positive)} of its cross-entropy, a hard one (p_t\u00a0=\u00a00.1) ` +
      `${kept(0.1, weights.positive)}.`;
  find('.meaning', figure).replaceChildren(...prose(meaning));
  figure.classList.toggle('one-sided', !sided);

  const draw = (host: HTMLElement, y: Axis, at: typeof focalLoss) => {
    const size = { width: host.clientWidth, height: HEIGHT };
    const frame = plot(size, `${y.title} by p_t, focal loss against cross-entropy`, PT_AXIS, y);
    const curve = (className: string, ofGamma: number, weight: number) =>
      line(
        className,
        Array.from({ length: STEPS + 1 }, (_, i) => {
          const pt = LOWEST_PT + (1 - LOWEST_PT) * (i / STEPS);
          return [frame.x(pt), frame.y(at(pt, ofGamma, weight))] as const;
        }),
      );
    frame.svg.append(curve('curve cross-entropy', 0, 1));
    if (sided) frame.svg.append(curve('curve loss negative', gamma, weights.negative));
    frame.svg.append(curve('curve loss', gamma, weights.positive));
    host.replaceChildren(frame.svg);
  };
  const lossAxis = {
    domain: [0, 5],
    ticks: [0, 1, 2, 3, 4, 5],
    format: parameter,
    title: 'Loss of one element',
  } as const;
  const slopeAxis = {
    domain: [0, 1.5],
    ticks: [0, 0.5, 1, 1.5],
    format: parameter,
    title: 'Size of its gradient',
  } as const;
  draw(find('.plot-loss', figure), lossAxis, focalLoss);
  draw(find('.plot-slope', figure), slopeAxis, focalSlope);
}

/** What one α multiplies, by side. */
function sideWeights(alpha: Alpha): typeof UNWEIGHTED {
  return typeof alpha === 'number' ? { positive: alpha, negative: 1 - alpha } : UNWEIGHTED;
}
