import { type Problem, ProblemError } from '../service/problem.ts';
import { readMetrics } from './read-metrics.ts';
import type { Snapshot } from './snapshot.ts';

export const INTERVAL_MS = 2000;
/** Without a response, the next attempt waits twice as long each time, up to this. */
const MAX_INTERVAL_MS = 30_000;
const UNAUTHORIZED = 401;

export interface PollerListener {
  readonly onSnapshot: (snapshot: Snapshot) => void | Promise<void>;
  /** @param retryMs when the next attempt is; null if there is none before `start` */
  readonly onProblem: (problem: Problem, retryMs: number | null) => void;
}

/** Reads the metrics every two seconds, one request at a time, and less often while the service does not respond. */
export class Poller {
  readonly #listener: PollerListener;
  #request: AbortController | null = null;
  #intervalMs = INTERVAL_MS;

  constructor(listener: PollerListener) {
    this.#listener = listener;
  }

  get isRunning(): boolean {
    return this.#request !== null;
  }

  /** Reads the metrics at once, and goes on. */
  start(): void {
    this.stop();
    this.#request = new AbortController();
    this.#intervalMs = INTERVAL_MS;
    void this.#poll(this.#request.signal);
  }

  stop(): void {
    this.#request?.abort();
    this.#request = null;
  }

  async #poll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const due = performance.now() + INTERVAL_MS;
      const waitMs = await this.#read(signal, due);
      if (signal.aborted || waitMs === null) return;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  /** @returns for how long to wait before the next attempt; null to stop */
  async #read(signal: AbortSignal, due: number): Promise<number | null> {
    try {
      const snapshot = await readMetrics(signal);
      if (signal.aborted) return null;
      this.#intervalMs = INTERVAL_MS;
      await this.#listener.onSnapshot(snapshot);
      return Math.max(due - performance.now(), 0);
    } catch (error) {
      if (signal.aborted) return null;
      if (!(error instanceof ProblemError)) throw error;
      // Without a valid key, each further request would be rejected as well.
      if (error.problem.status === UNAUTHORIZED) {
        this.stop();
        this.#listener.onProblem(error.problem, null);
        return null;
      }
      const waitMs = this.#intervalMs;
      this.#intervalMs = Math.min(2 * waitMs, MAX_INTERVAL_MS);
      this.#listener.onProblem(error.problem, waitMs);
      return waitMs;
    }
  }
}
