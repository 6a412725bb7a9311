import { find } from '../html.ts';
import { storeApiKey } from '../service/api-key.ts';
import { apiKeyFault } from '../service/api-key-format.ts';

/** Where the user enters an API key if the service requires one. */
export class ApiKeyForm {
  readonly #form: HTMLFormElement;
  readonly #field: HTMLInputElement;

  /** @param onKey is called after a key was entered */
  constructor(form: HTMLFormElement, onKey: () => void) {
    this.#form = form;
    this.#field = find<HTMLInputElement>('input', form);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const key = this.#field.value.trim();
      const fault = apiKeyFault(key);
      if (fault) {
        this.show(fault);
        return;
      }
      storeApiKey(key);
      form.hidden = true;
      onKey();
    });
  }

  /** @param detail the service's message, which tells whether the key was missing or wrong */
  show(detail: string): void {
    this.#form.hidden = false;
    find('.detail', this.#form).textContent = detail;
    this.#field.focus();
  }
}
