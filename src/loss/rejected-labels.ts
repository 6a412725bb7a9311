import type { ValidationIssue } from '../core/service-error.ts';
import { MAX_COUNTED_ISSUES, MAX_LISTED_ISSUES, type ValidationIssues } from '../core/validation-issues.ts';
import { coordinates, formatShape, type LabelTensor, placeIn } from './tensor.ts';

/** How many are counted, in about a millisecond: more would say no more. */
export const MAX_COUNTED_LABELS = 2 ** 17;

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

  /** Undefined for further values once there are as many as are listed. */
  #groupOf(value: Value, position: number): Group | undefined {
    const known = this.#groups.get(value);
    if (known || this.#groups.size === MAX_LISTED_ISSUES) return known;
    const group = { value, position, count: 0 };
    this.#groups.set(value, group);
    return group;
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
    for (const { value, position, count } of this.#groups.values()) {
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
    issues.addUnlisted(Math.min(this.#ungrouped, Math.max(0, MAX_COUNTED_ISSUES - issues.count)));
  }
}
