import type { ValidationIssue } from '../core/service-error.ts';
import { MAX_COUNTED_ISSUES, MAX_LISTED_ISSUES, type ValidationIssues } from '../core/validation-issues.ts';
import { coordinates, formatShape, type LabelTensor, placeIn } from './tensor.ts';

/** How many are counted, in about a millisecond: more would say no more. */
export const MAX_COUNTED_LABELS = 2 ** 17;
/** How many values are counted apart. The first of them are most likely to have the most frequent ones. */
const MAX_GROUPS = 2 ** 12;

type Value = number | bigint;

interface Group {
  readonly value: Value;
  /** Of the first. */
  readonly position: number;
  count: number;
}

/** Rejected labels by their value: a batch mostly has many of few values, and one cure for all of the same. */
export class RejectedLabels {
  readonly #groups = new Map<Value, Group>();
  #last: Group | undefined;
  #count = 0;
  #ungrouped = 0;

  /** Whether so many were rejected that no more are looked for. */
  get areEnough(): boolean {
    return this.#count >= MAX_COUNTED_LABELS;
  }

  add(value: Value, position: number): void {
    this.#count += 1;
    if (this.#last?.value !== value) this.#last = this.#groupOf(value, position);
    if (this.#last) this.#last.count += 1;
    else this.#ungrouped += 1;
  }

  /** Undefined for further values once there are as many as are counted apart. */
  #groupOf(value: Value, position: number): Group | undefined {
    const known = this.#groups.get(value);
    if (known || this.#groups.size === MAX_GROUPS) return known;
    const group = { value, position, count: 0 };
    this.#groups.set(value, group);
    return group;
  }

  /** In the order of their first places; of more than are listed, the most frequent come first. */
  #groupsToList(): { listed: Group[]; unlisted: number } {
    const groups = [...this.#groups.values()];
    if (groups.length > MAX_LISTED_ISSUES) groups.sort((a, b) => b.count - a.count);
    const rest = groups.splice(MAX_LISTED_ISSUES);
    return { listed: groups, unlisted: rest.reduce((total, { count }) => total + count, this.#ungrouped) };
  }

  /**
   * Adds an issue for each value, located at the first label that has it.
   *
   * @param cureOf what to do about a value; empty if there is no advice
   */
  report(
    labels: Pick<LabelTensor, 'shape'>,
    expected: string,
    cureOf: (value: Value) => string,
    issues: ValidationIssues,
  ): void {
    const { listed, unlisted } = this.#groupsToList();
    for (const { value, position, count } of listed) {
      issues.add((): ValidationIssue => {
        const more = this.areEnough ? ' or more' : '';
        const first = formatShape(coordinates(position, labels.shape));
        const places = count === 1 ? '' : ` at ${count}${more} places, the first at ${first}`;
        return {
          ...placeIn('labels', labels, position),
          message: `expected ${expected}, got ${value}${places}${cureOf(value)}`,
        };
      });
    }
    issues.addUnlisted(Math.min(unlisted, Math.max(0, MAX_COUNTED_ISSUES - issues.count)));
  }
}
