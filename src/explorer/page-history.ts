/** Changes that follow each other so closely are one step of the back button, as when a slider is dragged. */
const SAME_STEP_MS = 1000;

/** The steps that the back button takes through settings of the page. */
export class PageHistory {
  #lastDrag = Number.NEGATIVE_INFINITY;

  /** @param onStep is called with the query after the back or forward button */
  constructor(onStep: (query: string) => void) {
    addEventListener('popstate', () => {
      this.#lastDrag = Number.NEGATIVE_INFINITY;
      onStep(location.search);
    });
  }

  /** @param isDrag whether it belongs to the step before if that was a moment ago */
  write(query: string, isDrag: boolean): void {
    if (query === location.search) return;
    const now = performance.now();
    const replaces = isDrag && now - this.#lastDrag < SAME_STEP_MS;
    this.#lastDrag = isDrag ? now : Number.NEGATIVE_INFINITY;
    if (replaces) history.replaceState(null, '', query);
    else history.pushState(null, '', query);
  }

  /** Sets the address without a step. */
  correct(query: string): void {
    if (query !== location.search) history.replaceState(null, '', query);
  }
}
