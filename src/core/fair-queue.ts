/** Whom work is done for: all slices of one batch have the same, and share its time. */
export interface Account {
  /** How long its work has run so far, in milliseconds. Minus infinity: its work is of no use any more, and ends at once. */
  usedMs: number;
}

export interface WorkOptions {
  /** By default one of its own. */
  readonly account?: Account | undefined;
  /** How long the work usually takes. */
  readonly estimateMs?: number | undefined;
  /** Whether it may take long, whatever it usually takes. */
  readonly mayBeLong?: boolean | undefined;
}

interface Waiting {
  readonly account: Account;
  readonly estimateMs: number;
  readonly mayBeLong: boolean;
  readonly arrival: number;
  readonly start: () => void;
}

/** Times that differ by less are the same, so that estimates do not change the order of small batches. */
const STEP_MS = 10;
/** So often the next is whoever has waited longest, so that long work ends however much short work arrives. */
const OLDEST_EVERY = 4;

/**
 * Runs a limited number of pieces of work at a time, in a fair order: the next is that of the account whose time, with this
 * work, is the least. Ties go by arrival of the account. Work that may be long does not get all of the places, because it is not
 * interrupted.
 *
 * Queues with fixed priorities, such as p-queue, can't do this: what an account has used is known when a place is free, and
 * not when its work arrives.
 */
export class FairQueue {
  readonly #limit: number;
  readonly #maxLong: number;
  readonly #waiting: Waiting[] = [];
  readonly #arrivals = new WeakMap<Account, number>();
  #arrived = 0;
  #running = 0;
  #runningLong = 0;
  #picks = 0;

  /** @param maxLong how many of the places work may have that may be long */
  constructor(limit: number, maxLong = limit) {
    this.#limit = limit;
    this.#maxLong = maxLong;
  }

  async run<Result>(
    work: () => Promise<Result>,
    { account = { usedMs: 0 }, estimateMs = 0, mayBeLong = false }: WorkOptions = {},
  ): Promise<Result> {
    await this.#turn(account, estimateMs, mayBeLong);
    const start = performance.now();
    try {
      return await work();
    } finally {
      account.usedMs += performance.now() - start;
      this.#running -= 1;
      if (mayBeLong) this.#runningLong -= 1;
      this.#startNext();
    }
  }

  #turn(account: Account, estimateMs: number, mayBeLong: boolean): Promise<void> {
    const arrival = this.#arrivals.get(account) ?? this.#arrived++;
    this.#arrivals.set(account, arrival);
    return new Promise((start) => {
      this.#waiting.push({ account, estimateMs, mayBeLong, arrival, start });
      this.#startNext();
    });
  }

  #startNext(): void {
    if (this.#running >= this.#limit) return;
    const candidates =
      this.#runningLong < this.#maxLong ? this.#waiting : this.#waiting.filter(({ mayBeLong }) => !mayBeLong);
    if (candidates.length === 0) return;
    this.#picks += 1;
    const rank = this.#picks % OLDEST_EVERY === 0 ? () => 0 : timeOf;
    const next = candidates.reduce((best, other) => {
      const difference = rank(other) - rank(best);
      return difference < 0 || (difference === 0 && other.arrival < best.arrival) ? other : best;
    });
    this.#waiting.splice(this.#waiting.indexOf(next), 1);
    this.#running += 1;
    if (next.mayBeLong) this.#runningLong += 1;
    next.start();
  }
}

function timeOf({ account, estimateMs }: Waiting): number {
  if (account.usedMs === Number.NEGATIVE_INFINITY) return -1;
  return Math.floor((account.usedMs + estimateMs) / STEP_MS);
}
