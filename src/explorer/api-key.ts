const SLOT = 'focal-loss-api-key';

/** The key that was entered in this tab, if any. It is forgotten with the tab. */
export function apiKey(): string | null {
  return sessionStorage.getItem(SLOT);
}

/**
 * Asks for a key where the service wants one.
 *
 * @param onKey what to do again once there is one
 */
export class KeyForm {
  readonly #form: HTMLFormElement;
  readonly #field: HTMLInputElement;

  constructor(form: HTMLFormElement, onKey: () => void) {
    this.#form = form;
    this.#field = form.querySelector('input')!;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      sessionStorage.setItem(SLOT, this.#field.value.trim());
      form.hidden = true;
      onKey();
    });
  }

  /** @param detail in the service's words: whether none came, or a wrong one */
  ask(detail: string): void {
    this.#form.hidden = false;
    this.#form.querySelector('.detail')!.textContent = detail;
    this.#field.focus();
  }
}
