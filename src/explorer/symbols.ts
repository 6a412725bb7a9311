import { html } from './html.ts';
import { svg } from './svg.ts';

const PT = 'p_t';

/** Text in which p_t is set as the paper has it. */
export function prose(text: string): (Node | string)[] {
  return text
    .split(PT)
    .flatMap<Node | string>((part, i) => (i === 0 ? [part] : [html('i', {}, 'p'), html('sub', {}, 't'), part]));
}

/** The same inside a drawing. */
export function svgProse(text: string): (Node | string)[] {
  return text.split(PT).flatMap<Node | string>((part, i) => {
    if (i === 0) return [part];
    const pt = [svg('tspan', { 'font-style': 'italic' }, 'p'), svg('tspan', { dy: 3, 'font-size': '0.75em' }, 't')];
    return part === '' ? pt : [...pt, svg('tspan', { dy: -3 }, part)];
  });
}
