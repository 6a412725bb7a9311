/** Changes that follow each other so closely are one step of the back button, as when an arrow key is held on a slider. */
const SAME_STEP_MS = 1000;

/** The steps that the back button takes through settings of the page. */
export class PageHistory {
  #lastDrag = Number.NEGATIVE_INFINITY;
  /** A drag is one step however long the page takes to follow it. */
  #isDragging = false;

  /** @param onStep is called with the query after the back or forward button */
  constructor(onStep: (query: string) => void) {
    // Before the listeners of the field itself: a choice is a step of its own, also right after a drag.
    addEventListener('change', ({ target }) => this.#endDrag(target), { capture: true });
    addEventListener('popstate', () => {
      this.#endStep();
      onStep(location.search);
    });
  }

  /** @param isDrag whether it belongs to the step before if that was a moment ago */
  write(query: string, isDrag: boolean): void {
    if (query === location.search) return;
    const now = performance.now();
    const replaces = isDrag && (this.#isDragging || now - this.#lastDrag < SAME_STEP_MS);
    this.#endStep();
    if (isDrag) {
      this.#lastDrag = now;
      this.#isDragging = true;
    }
    if (replaces) history.replaceState(null, '', query);
    else history.pushState(null, '', query);
  }

  #endDrag(target: EventTarget | null): void {
    this.#isDragging = false;
    const isNumber = target instanceof HTMLInputElement && ['number', 'range'].includes(target.type);
    if (!isNumber) this.#endStep();
  }

  #endStep(): void {
    this.#lastDrag = Number.NEGATIVE_INFINITY;
    this.#isDragging = false;
  }

  /** Sets the address without a step. */
  correct(query: string): void {
    if (query !== location.search) history.replaceState(null, '', query);
  }
}
