/** Whom work is done for: all slices of one batch have the same, and share its time. */
export interface Account {
  /** How long its work has run so far, in milliseconds. Minus infinity: its work is of no use any more, and ends at once. */
  usedMs: number;
}

interface Waiting {
  readonly account: Account;
  readonly estimateMs: number;
  readonly arrival: number;
  readonly start: () => void;
}

/** Times that differ by less are the same, so that estimates do not change the order of small batches. */
const STEP_MS = 10;
/** So often the next is whoever has waited longest, so that long work ends however much short work arrives. */
const OLDEST_EVERY = 4;

/**
 * Runs a limited number of pieces of work at a time, in a fair order: the next is that of the account whose time, with this
 * work, is the least. Ties go by arrival of the account.
 *
 * Queues with fixed priorities, such as p-queue, can't do this: what an account has used is known when a place is free, and
 * not when its work arrives.
 */
export class FairQueue {
  readonly #limit: number;
  readonly #waiting: Waiting[] = [];
  readonly #arrivals = new WeakMap<Account, number>();
  #arrived = 0;
  #running = 0;
  #picks = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * @param account by default one of its own
   * @param estimateMs how long the work may take
   */
  async run<Result>(work: () => Promise<Result>, account: Account = { usedMs: 0 }, estimateMs = 0): Promise<Result> {
    await this.#turn(account, estimateMs);
    const start = performance.now();
    try {
      return await work();
    } finally {
      account.usedMs += performance.now() - start;
      this.#running -= 1;
      this.#startNext();
    }
  }

  #turn(account: Account, estimateMs: number): Promise<void> {
    const arrival = this.#arrivals.get(account) ?? this.#arrived++;
    this.#arrivals.set(account, arrival);
    return new Promise((start) => {
      this.#waiting.push({ account, estimateMs, arrival, start });
      this.#startNext();
    });
  }

  #startNext(): void {
    if (this.#running >= this.#limit || this.#waiting.length === 0) return;
    this.#picks += 1;
    const rank = this.#picks % OLDEST_EVERY === 0 ? () => 0 : timeOf;
    const next = this.#waiting.reduce((best, other) => {
      const difference = rank(other) - rank(best);
      return difference < 0 || (difference === 0 && other.arrival < best.arrival) ? other : best;
    });
    this.#waiting.splice(this.#waiting.indexOf(next), 1);
    this.#running += 1;
    next.start();
  }
}

function timeOf({ account, estimateMs }: Waiting): number {
  if (account.usedMs === Number.NEGATIVE_INFINITY) return -1;
  return Math.floor((account.usedMs + estimateMs) / STEP_MS);
}
