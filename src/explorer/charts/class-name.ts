import { html } from '../html.ts';

/** What a shortened name keeps of its end, which is where names such as `animal/dog/puppy_012` differ. */
const END = 8;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Whole as text and as a tooltip; if there is no room for it, styles/class-chart.css leaves out its middle. */
export function createClassName(name: string): HTMLElement {
  const letters = [...graphemes.segment(name)].map(({ segment }) => segment);
  const cut = letters.length > 2 * END ? letters.length - END : letters.length;
  const start = html('span', { class: 'name-start' }, letters.slice(0, cut).join(''));
  const element = html('span', { class: 'class-name', title: name }, start);
  if (cut < letters.length) element.append(html('span', { class: 'name-end' }, letters.slice(cut).join('')));
  return element;
}
