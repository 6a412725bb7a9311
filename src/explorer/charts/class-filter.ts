import { count } from '../format.ts';
import { find, html } from '../html.ts';
import type { ClassBreakdown } from '../service/evaluation.ts';
import { classLabel } from './class-label.ts';

/** With so few classes all are in view, and there is nothing to find. */
const FEW = 8;

/** A filter of classes by name, whose field stands in several places: what is typed in one is in all. */
export class ClassFilter {
  readonly #hosts: readonly HTMLElement[];
  readonly #fields: readonly HTMLInputElement[];
  #classes: readonly ClassBreakdown[] = [];
  /** In lower case, in the order of the classes: made once, not with each key. */
  #names: readonly string[] = [];
  #matching: ReadonlySet<number> | null = null;

  constructor(hosts: readonly HTMLElement[], onChange: () => void) {
    this.#hosts = hosts;
    this.#fields = hosts.map((host) => {
      const field = html('input', { type: 'search', autocomplete: 'off', spellcheck: 'false' });
      field.addEventListener('input', () => {
        this.#apply(field.value);
        onChange();
      });
      const status = html('span', { class: 'filter-status', role: 'status' });
      host.append(html('label', {}, 'Filter by name ', field), ' ', status);
      return field;
    });
  }

  /** Keeps what is typed, unless the classes are others. */
  show(classes: readonly ClassBreakdown[]): void {
    const names = classes.map((one) => classLabel(one).toLowerCase());
    const isSame = names.length === this.#names.length && names.every((name, i) => name === this.#names[i]);
    this.#classes = classes;
    this.#names = names;
    for (const host of this.#hosts) host.hidden = classes.length <= FEW;
    if (!isSame) this.#apply('');
  }

  get isActive(): boolean {
    return this.#matching !== null;
  }

  matches({ class: index }: ClassBreakdown): boolean {
    return this.#matching?.has(index) ?? true;
  }

  #apply(typed: string): void {
    for (const field of this.#fields) if (field.value !== typed) field.value = typed;
    const text = typed.trim().toLowerCase();
    this.#matching =
      text === ''
        ? null
        : new Set(this.#classes.filter((_, i) => this.#names[i]!.includes(text)).map(({ class: index }) => index));
    const status = this.#matching ? `${count(this.#matching.size)} of ${count(this.#classes.length)} classes` : '';
    for (const host of this.#hosts) find('.filter-status', host).textContent = status;
  }
}
