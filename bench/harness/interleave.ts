import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../../test/harness/median.ts';
import { unlessToy } from './toy.ts';

/** One of the things compared. */
export interface Contender {
  readonly name: string;
  /** Does the work once; resolves to the milliseconds it took. */
  readonly run: () => Promise<number>;
}

export interface Plan {
  /** Turns of each contender that count. */
  readonly rounds: number;
  /** Turns of each beforehand that do not. */
  readonly warmUp: number;
  /** After this long no new round starts, once there are `MIN_ROUNDS`. */
  readonly budgetMs: number;
  /** A contender whose turns add up to more than this, warm-up included, skips the remaining rounds after its first. */
  readonly turnsMs?: number;
}

const MIN_ROUNDS = 3;

/** Between turns: thread pools spin for a while after their work, and would do so in the next one's time. */
const PAUSE_MS = 20;

/**
 * Lets the contenders take turns, A B A B …, so that other load on the machine slows all of them alike.
 */
export async function interleave(contenders: readonly Contender[], asPlanned: Plan): Promise<Timings> {
  const plan = unlessToy(asPlanned, { ...asPlanned, rounds: 1, warmUp: 0 });
  const times = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  const taken = new Map(contenders.map(({ name }) => [name, 0]));
  const start = performance.now();
  for (let round = -plan.warmUp; round < plan.rounds; round++) {
    if (round >= MIN_ROUNDS && performance.now() - start > plan.budgetMs) break;
    for (const { name, run } of contenders) {
      const needsRecycling = taken.get(name)!;
      if (times.get(name)!.length > 0 && needsRecycling > (plan.turnsMs ?? Number.POSITIVE_INFINITY)) continue;
      const ms = await run();
      taken.set(name, needsRecycling + ms);
      if (round >= 0) times.get(name)!.push(ms);
      await sleep(PAUSE_MS);
    }
  }
  return new Timings(times);
}

/** What the contenders took, round by round. */
export class Timings {
  readonly #times: ReadonlyMap<string, readonly number[]>;

  constructor(times: ReadonlyMap<string, readonly number[]>) {
    this.#times = times;
  }

  get names(): string[] {
    return [...this.#times.keys()];
  }

  has(name: string): boolean {
    return this.#times.has(name);
  }

  of(name: string): readonly number[] {
    return this.#times.get(name) ?? [];
  }

  median(name: string): number {
    return median(this.of(name));
  }

  /** How many times as long `a` took as `b`: the median of the ratios of rounds that both had. Undefined if one took no part. */
  ratio(a: string, b: string): number | undefined {
    if (!this.has(a) || !this.has(b)) return undefined;
    const others = this.of(b);
    const rounds = this.of(a).slice(0, others.length);
    return median(rounds.map((ms, round) => ms / others[round]!));
  }
}

/** Milliseconds that something took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
