import { ServiceError, type ValidationIssue } from './service-error.ts';
import { shorten } from './shorten.ts';

/** How many issues a response lists; further ones are only counted. */
export const MAX_LISTED_ISSUES = 20;
/** How many are counted: to count 2^28 takes seconds, and says no more. */
export const MAX_COUNTED_ISSUES = 10_000;

/**
 * Collects all issues of a request, so that a client can fix them together.
 *
 * A batch can hold a million wrong numbers. Issues beyond the limit are only counted, and no longer once `areEnough`: `add`
 * takes a function, and calls it only for an issue that will be listed.
 */
export class ValidationIssues {
  readonly #listed: ValidationIssue[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Whether further ones are of no interest. */
  get areEnough(): boolean {
    return this.#count >= MAX_COUNTED_ISSUES;
  }

  add(describe: () => ValidationIssue): void {
    this.#count += 1;
    if (this.#listed.length < MAX_LISTED_ISSUES) this.#listed.push(describe());
  }

  /** Counts further issues of which only the number is known. */
  addUnlisted(count: number): void {
    this.#count += count;
  }

  /** @throws {ServiceError} `invalid_request` if there is any issue. */
  throwIfAny(): void {
    const first = this.#listed[0];
    if (first === undefined) return;
    const rest = this.#count - 1;
    const remaining = rest === 0 ? '' : ` (and ${rest} more)`;
    throw new ServiceError('invalid_request', `${first.pointer || 'The request'}: ${first.message}${remaining}`, {
      issues: this.#listed,
      more: this.#count - this.#listed.length,
    });
  }
}

/** How many characters of a string an error message shows. */
const MAX_SHOWN = 40;

/** Describes the actual value in an error message: enough to recognise it, never all of it. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : `an array of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return JSON.stringify(shorten(value, MAX_SHOWN));
  return String(value);
}
