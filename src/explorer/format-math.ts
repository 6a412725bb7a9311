import { html } from './html.ts';
import { svg } from './svg.ts';

const PT = 'p_t';

/** A superscript in braces, a letter with a subscript, or a letter that stands alone. */
const NOTATION = /\^\{([^}]*)\}|([pγαε])_(.)|(?<![A-Za-z])([ptyγαε])(?![A-Za-z])/g;

/** Sets each `p_t` of a text as the paper does, an italic p with the subscript t, and each `^{…}` as a superscript. */
export function formatMath(text: string): (Node | string)[] {
  return setNotation(text, false);
}

/** Sets a formula: as a text, and every variable is italic. No line ends inside parentheses. */
export function formatFormula(text: string): (Node | string)[] {
  const unbroken = text.replaceAll(/\([^()]*\)|\{[^{}]*\}/g, (group) => group.replaceAll(' ', '\u00a0'));
  return setNotation(unbroken, true);
}

function setNotation(text: string, isFormula: boolean): (Node | string)[] {
  const nodes: (Node | string)[] = [];
  let at = 0;
  for (const match of text.matchAll(NOTATION)) {
    const [whole, superscript, letter, subscript, variable] = match;
    nodes.push(text.slice(at, match.index));
    at = match.index + whole.length;
    if (superscript !== undefined) nodes.push(html('sup', {}, ...setNotation(superscript, true)));
    else if (letter !== undefined) nodes.push(html('i', {}, letter), html('sub', {}, subscript!));
    else nodes.push(isFormula ? html('i', {}, variable!) : variable!);
  }
  return [...nodes, text.slice(at)].filter((node) => node !== '');
}

/** `formatMath` inside an SVG text, for `p_t` alone. */
export function formatSvgMath(text: string): (Node | string)[] {
  return text.split(PT).flatMap<Node | string>((part, i) => {
    if (i === 0) return [part];
    const pt = [svg('tspan', { 'font-style': 'italic' }, 'p'), svg('tspan', { dy: 3, 'font-size': '0.75em' }, 't')];
    return part === '' ? pt : [...pt, svg('tspan', { dy: -3 }, part)];
  });
}
