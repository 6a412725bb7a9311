import { find } from '../html.ts';
import { clockTime } from './format-live.ts';
import { HISTORY_MS } from './history.ts';
import type { Moment } from './moment.ts';

/**
 * Which moment the legends show: the latest, the one that the slider was moved to, or the one under the pointer. A moment stays
 * selected while time goes on, until it is older than five minutes.
 */
export class MomentPicker {
  readonly #slider: HTMLInputElement;
  readonly #output: HTMLOutputElement;
  readonly #onSelect: () => void;
  #moments: readonly Moment[] = [];
  #chosen: Moment | null = null;
  #hovered: Moment | null = null;

  constructor(root: HTMLElement, onSelect: () => void) {
    this.#slider = find<HTMLInputElement>('input', root);
    this.#output = find<HTMLOutputElement>('output', root);
    this.#onSelect = onSelect;
    this.#slider.min = String(-HISTORY_MS / 1000);
    this.#slider.addEventListener('input', () => {
      const { valueAsNumber: seconds } = this.#slider;
      const end = this.#moments.at(-1)?.time ?? 0;
      this.#chosen = seconds >= 0 ? null : this.#nearest(end + seconds * 1000);
      this.#update();
    });
    this.#slider.addEventListener('keydown', (event) => {
      const next = this.#afterKey(event.key);
      if (next === undefined) return;
      event.preventDefault();
      this.#chosen = next;
      this.#update();
    });
  }

  get selected(): Moment | null {
    return this.#hovered ?? this.#chosen ?? this.#moments.at(-1) ?? null;
  }

  get isLatest(): boolean {
    return this.#hovered === null && this.#chosen === null;
  }

  set moments(moments: readonly Moment[]) {
    this.#moments = moments;
    if (this.#chosen && !moments.includes(this.#chosen)) this.#chosen = null;
    if (this.#hovered && !moments.includes(this.#hovered)) this.#hovered = null;
    this.#slider.disabled = moments.length === 0;
    this.#update();
  }

  /** @param time where the pointer is; null if it is on no chart */
  hover(time: number | null): void {
    this.#hovered = time === null ? null : this.#nearest(time);
    this.#update();
  }

  /** The arrow keys go from one measurement to the next, wherever these are on the slider. */
  #afterKey(key: string): Moment | null | undefined {
    const last = this.#moments.length - 1;
    const current = this.#chosen ? this.#moments.indexOf(this.#chosen) : last;
    if (key === 'Home') return this.#moments[0] ?? null;
    if (key === 'End' || key === 'Escape') return null;
    if (key === 'ArrowLeft' || key === 'ArrowDown') return this.#moments[Math.max(current - 1, 0)] ?? null;
    if (key !== 'ArrowRight' && key !== 'ArrowUp') return undefined;
    return current + 1 >= last ? null : this.#moments[current + 1]!;
  }

  #nearest(time: number): Moment | null {
    let nearest: Moment | null = null;
    for (const moment of this.#moments) {
      if (!nearest || Math.abs(moment.time - time) <= Math.abs(nearest.time - time)) nearest = moment;
    }
    return nearest;
  }

  #update(): void {
    const { selected } = this;
    const end = this.#moments.at(-1)?.time ?? 0;
    // The slider stays where the keyboard left it while the pointer is on a chart.
    this.#slider.valueAsNumber = this.#chosen ? (this.#chosen.time - end) / 1000 : 0;
    const text = this.isLatest || !selected ? 'now' : clockTime(selected.time);
    this.#slider.setAttribute('aria-valuetext', this.#chosen ? clockTime(this.#chosen.time) : 'now');
    this.#output.textContent = text;
    this.#onSelect();
  }
}
