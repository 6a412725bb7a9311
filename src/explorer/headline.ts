import type { Evaluation } from './answer.ts';
import { percent, quantity } from './format.ts';
import { find } from './html.ts';
import { describe, type Setting } from './setting.ts';
import { sidesOf, totals } from './totals.ts';

/** For as long as there is nothing to say. */
export function clearHeadline(host: HTMLElement): void {
  find('.headline', host).classList.add('stale');
}

/** Beside the sliders: the loss, and where it comes from, each with what cross-entropy would have it. */
export function drawHeadline(host: HTMLElement, setting: Setting, evaluation: Evaluation): void {
  find('.headline', host).classList.remove('stale');
  const { per_class: classes, loss, sum } = evaluation;
  const crossEntropy = totals(classes, 'cross_entropy');
  const focal = totals(classes, 'loss');
  const say = (name: string, value: string, against: string) => {
    find(`[data-value=${name}]`, host).textContent = value;
    find(`[data-against=${name}]`, host).textContent = against;
  };
  say('loss', quantity(loss ?? sum), `cross-entropy ${quantity(crossEntropy.total)}`);
  const sided = sidesOf(evaluation).length > 1;
  find('.positive-share', host).hidden = !sided;
  say('share', percent(focal.positiveShare), `of cross-entropy ${percent(crossEntropy.positiveShare)}`);

  const words = [`${describe(setting)}: loss ${quantity(loss ?? sum)}`];
  if (sided) words.push(`positives hold ${percent(focal.positiveShare)} of it`);
  find('[role=status]', host).textContent = words.join(', ');
}
