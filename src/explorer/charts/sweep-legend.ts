import { percent } from '../format.ts';
import { html } from '../html.ts';
import { colorScale } from './color-scale.ts';
import { NEAR_HALF } from './near-half.ts';
import type { SweepMetric } from './sweep-metrics.ts';

const STEPS = 40;

/** Draws the scale of the heatmap: its colors, what its ends stand for, and in a diverging one the band near one half. */
export function drawSweepLegend(
  host: HTMLElement,
  { scale, format, isShare }: SweepMetric,
  [low, high]: readonly [number, number],
): void {
  const strip = html('div', { class: 'scale-strip', 'aria-hidden': 'true' });
  for (let i = 0; i < STEPS; i++) {
    const step = html('span');
    const level = (i + 0.5) / STEPS;
    step.style.setProperty('--cell-background', colorScale(level, scale).background);
    if (scale === 'diverging' && level > NEAR_HALF[0] && level < NEAR_HALF[1]) step.classList.add('near-half');
    strip.append(step);
  }
  const ends =
    scale === 'diverging'
      ? ['0\u202f% only negatives', '50\u202f%', '100\u202f% only positives']
      : [`${format(low)} lowest`, `${format(high)} highest`];
  const notes: Node[] = [];
  if (isShare) notes.push(html('p', { class: 'note' }, 'Cells are in per cent.'));
  if (scale === 'diverging') {
    const band = `${percent(NEAR_HALF[0])} to ${percent(NEAR_HALF[1])}`;
    notes.push(
      html(
        'p',
        { class: 'note' },
        html('span', { class: 'near-half-key', 'aria-hidden': 'true' }),
        ` near one half, ${band}`,
      ),
    );
  }
  host.replaceChildren(
    strip,
    html('p', { class: 'scale-ends' }, ...ends.map((end) => html('span', {}, end))),
    ...notes,
  );
}
