import { ServiceError, type ValidationIssue } from './service-error.ts';

/** The most issues that one answer lists; the rest are counted. */
export const MAX_LISTED_ISSUES = 20;

/**
 * Collects what is wrong with a request, so that a caller can mend it all in one go.
 *
 * A batch can hold a million wrong numbers: beyond the limit only a counter moves, which is why a issue is
 * given as a function and described only if it will be shown.
 */
export class ValidationIssues {
  readonly #shown: ValidationIssue[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(describe: () => ValidationIssue): void {
    this.#count += 1;
    if (this.#shown.length < MAX_LISTED_ISSUES) this.#shown.push(describe());
  }

  /** Counts issues that are known in number only. */
  addUnlisted(count: number): void {
    this.#count += count;
  }

  /** @throws {ServiceError} `invalid_request` if there was any issue. */
  throwIfAny(): void {
    const first = this.#shown[0];
    if (first === undefined) return;
    const rest = this.#count - 1;
    const others = rest === 0 ? '' : ` (and ${rest} more)`;
    throw new ServiceError('invalid_request', `${first.pointer || 'The request'}: ${first.message}${others}`, {
      issues: this.#shown,
      more: this.#count - this.#shown.length,
    });
  }
}
