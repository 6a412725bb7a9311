import { find } from '../html.ts';

export interface PinListener {
  readonly onPin: () => void;
  readonly onUnpin: () => void;
  readonly onSwap: () => void;
}

/** The buttons that pin the current setting, go to the pinned one, and end the comparison. */
export class PinControl {
  readonly #root: HTMLElement;

  constructor(root: HTMLElement, { onPin, onUnpin, onSwap }: PinListener) {
    this.#root = root;
    find('.pin', root).addEventListener('click', onPin);
    find('.unpin', root).addEventListener('click', onUnpin);
    find('.swap', root).addEventListener('click', onSwap);
  }

  /** @param description of the pinned setting, with its loss; null if none is pinned */
  show(description: string | null): void {
    find('.pinned', this.#root).hidden = description === null;
    find('.pinned-setting', this.#root).textContent = description ?? '';
    find('.pin', this.#root).hidden = description !== null;
  }
}
