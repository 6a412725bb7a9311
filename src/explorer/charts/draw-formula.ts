import { formatFormula } from '../format-math.ts';
import { html } from '../html.ts';
import type { LossFormula } from '../loss-formula.ts';

/** Writes a line for each formula. */
export function drawFormula(host: HTMLElement, formulas: readonly LossFormula[]): void {
  const lines = formulas.map(({ labels, formula }) => {
    const nodes = formatFormula(formula);
    if (labels === null) return html('p', {}, ...nodes);
    return html('p', {}, html('span', { class: 'formula-labels' }, labels), ' ', html('span', {}, ...nodes));
  });
  host.replaceChildren(...lines);
}
