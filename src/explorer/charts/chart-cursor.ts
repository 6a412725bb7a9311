import { formatMath } from '../format-math.ts';
import { html } from '../html.ts';

/** The places of a chart whose values can be read, in the order in which the arrow keys visit them. */
export interface CursorStops {
  readonly count: number;
  /** Where the arrow keys start. */
  readonly first: number;
  /** The stop at the pointer, or null. */
  readonly stopAt: (event: PointerEvent) => number | null;
  /** The values there, in the notation of `formatMath`. */
  readonly describe: (stop: number) => string;
  /** Marks a stop in the charts, or removes the mark. */
  readonly mark: (stop: number | null) => void;
}

const HINT = 'For exact values, point at the picture, or use the arrow keys here.';
/** How many stops Page Up and Page Down skip. */
const PAGE = 10;

/** The stops by which a key moves. */
const KEY_MOVES: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowUp: -1,
  ArrowRight: 1,
  ArrowDown: 1,
  PageUp: -PAGE,
  PageDown: PAGE,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/**
 * Reads values off the charts of a figure, in a line below them, which it adds. The line is a slider: it is the figure's only tab stop, the arrow keys
 * move it, and screen readers announce its text. The pointer moves it, too.
 */
export class ChartCursor {
  readonly #readout: HTMLElement;
  #stops: CursorStops | null = null;
  #at: number | null = null;

  /** @param name of the figure, for screen readers */
  constructor(charts: HTMLElement, name: string) {
    this.#readout = html('div', {
      class: 'readout',
      role: 'slider',
      tabindex: '0',
      'aria-label': `Values of “${name}”`,
      'aria-valuemin': '0',
    });
    charts.classList.add('readable');
    const area = html('div', { class: 'readable-area' });
    charts.replaceWith(area);
    area.append(charts, this.#readout);
    const point = (event: PointerEvent) => {
      const stop = this.#stops?.stopAt(event) ?? null;
      if (stop !== null) this.#move(stop);
    };
    charts.addEventListener('pointermove', point);
    charts.addEventListener('pointerdown', point);
    charts.addEventListener('pointerleave', ({ pointerType }) => {
      // A finger that has left the screen leaves the values to be read.
      if (pointerType === 'mouse' && document.activeElement !== this.#readout) this.#move(null);
    });
    this.#readout.addEventListener('focus', () => this.#move(this.#at ?? this.#stops?.first ?? null));
    this.#readout.addEventListener('blur', () => this.#move(null));
    this.#readout.addEventListener('keydown', (event) => {
      const move = KEY_MOVES[event.key];
      if (move === undefined || !this.#stops) return;
      event.preventDefault();
      this.#move(Math.min(Math.max((this.#at ?? this.#stops.first) + move, 0), this.#stops.count - 1));
    });
  }

  /** @param stops null if the figure has nothing to read */
  show(stops: CursorStops | null): void {
    const at = this.#at;
    this.#stops = stops;
    this.#readout.hidden = !stops || stops.count === 0;
    this.#readout.setAttribute('aria-valuemax', String(Math.max((stops?.count ?? 0) - 1, 0)));
    this.#at = null;
    if (stops && at !== null && at < stops.count) this.#move(at);
    else this.#write(null);
  }

  #move(stop: number | null): void {
    if (stop === this.#at || !this.#stops || (stop !== null && stop >= this.#stops.count)) return;
    this.#at = stop;
    this.#stops.mark(stop);
    this.#write(stop);
  }

  #write(stop: number | null): void {
    const text = stop === null || !this.#stops ? HINT : this.#stops.describe(stop);
    this.#readout.classList.toggle('idle', stop === null);
    this.#readout.replaceChildren(...formatMath(text));
    this.#readout.setAttribute('aria-valuenow', String(stop ?? this.#stops?.first ?? 0));
    this.#readout.setAttribute('aria-valuetext', text);
  }
}
