import { type Complaint, Failure } from './service-error.ts';

/** The most complaints that one answer lists; the rest are counted. */
export const MAX_COMPLAINTS = 20;

/**
 * Collects what is wrong with a request, so that a caller can mend it all in one go.
 *
 * A batch can hold a million wrong numbers: beyond the limit only a counter moves, which is why a complaint is
 * given as a function and described only if it will be shown.
 */
export class Complaints {
  readonly #shown: Complaint[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(describe: () => Complaint): void {
    this.#count += 1;
    if (this.#shown.length < MAX_COMPLAINTS) this.#shown.push(describe());
  }

  /** Counts complaints that are known in number only. */
  addUnseen(count: number): void {
    this.#count += count;
  }

  /** @throws {Failure} `invalid_request` if there was any complaint. */
  throwIfAny(): void {
    const first = this.#shown[0];
    if (first === undefined) return;
    const rest = this.#count - 1;
    const others = rest === 0 ? '' : ` (and ${rest} more)`;
    throw new Failure('invalid_request', `${first.pointer || 'The request'}: ${first.message}${others}`, {
      complaints: this.#shown,
      more: this.#count - this.#shown.length,
    });
  }
}
