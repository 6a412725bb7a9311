import { html } from './html.ts';
import { svg } from './svg.ts';

const PT = 'p_t';

/** Sets each `p_t` of a text as the paper does: an italic p with the subscript t. */
export function formatMath(text: string): (Node | string)[] {
  return text
    .split(PT)
    .flatMap<Node | string>((part, i) => (i === 0 ? [part] : [html('i', {}, 'p'), html('sub', {}, 't'), part]));
}

/** The same inside an SVG text. */
export function formatSvgMath(text: string): (Node | string)[] {
  return text.split(PT).flatMap<Node | string>((part, i) => {
    if (i === 0) return [part];
    const pt = [svg('tspan', { 'font-style': 'italic' }, 'p'), svg('tspan', { dy: 3, 'font-size': '0.75em' }, 't')];
    return part === '' ? pt : [...pt, svg('tspan', { dy: -3 }, part)];
  });
}
