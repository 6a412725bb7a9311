import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Service } from '../harness/service-process.ts';
import { Latencies } from './latencies.ts';
import type { Observation, ToObserver } from './observer-thread.ts';
import { atMost, type Check, exactly } from './scenario.ts';

export const LIVE_P99_MS = 100;
export const LIVE_MAX_MS = 500;

export interface Observed extends Omit<Observation, 'live' | 'honest'> {
  readonly live: Latencies;
  readonly honest: Latencies;
}

/**
 * Measures how a service responds to probes and to small batches, while this thread sends other requests. It does so in a
 * thread of its own, so that the load of this one does not delay it.
 */
export class Observer {
  readonly #worker = new Worker(new URL('./observer-thread.ts', import.meta.url));

  /** The service must be idle: later responses must equal the first ones. */
  async start({ address }: Service): Promise<void> {
    await this.#request({ address });
  }

  async stop(): Promise<Observed> {
    const { live, honest, ...rest } = (await this.#request('stop')) as Observation;
    return { live: latenciesOf(live), honest: latenciesOf(honest), ...rest };
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  async #request(message: ToObserver): Promise<unknown> {
    const response = once(this.#worker, 'message');
    this.#worker.postMessage(message);
    return (await response)[0];
  }
}

/** Whether the service seemed alive to its orchestrator all the time. */
export function liveChecks({ live, liveFailures }: Observed): Check[] {
  return [
    exactly('/health/live: status other than 200', liveFailures, 0),
    atMost('/health/live: p99', live.quantile(0.99), LIVE_P99_MS, 'ms'),
    atMost('/health/live: longest', live.max, LIVE_MAX_MS, 'ms'),
  ];
}

function latenciesOf(values: readonly number[]): Latencies {
  const latencies = new Latencies();
  for (const ms of values) latencies.add(ms);
  return latencies;
}
