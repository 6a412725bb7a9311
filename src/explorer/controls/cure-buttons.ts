import { html } from '../html.ts';
import type { Cure } from '../service/cure.ts';

export type OnCure = (changes: Cure['changes']) => void;

/** A button for each cure, which applies it. */
export function cureButtons(cures: readonly Cure[], onCure: OnCure, context = ''): HTMLButtonElement[] {
  return cures.map(({ label, changes }) => {
    const button = html('button', { type: 'button', class: 'cure' }, label);
    if (context !== '') button.setAttribute('aria-label', `${context}: ${label}`);
    button.addEventListener('click', () => onCure(changes));
    return button;
  });
}
