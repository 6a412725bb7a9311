import { setTimeout as sleep } from 'node:timers/promises';
import { scrape } from '../../harness/scrape.ts';
import type { Service } from '../../harness/service-process.ts';
import { MemoryWatch } from '../memory-watch.ts';
import type { MonitoredService } from '../monitored-service.ts';
import type { Observed, Observer } from '../observer.ts';
import type { OpenApiChecker } from '../openapi-checker.ts';
import { type Check, exactly } from '../scenario.ts';
import { attack, type Effort, type Shot } from './attack.ts';
import type { HostileShape } from './hostile-shape.ts';
import { Tally } from './tally.ts';

/** Beyond so much resident memory the service is killed, so that the machine goes on. */
export const KILL_BYTES = 4 * 2 ** 30;
/** Threads that read a body finish it, even if its request has been cancelled. */
const RELEASE_MS = 20_000;
/** How long the service is watched after the last request. */
const AFTERMATH_MS = 250;

/** What some shapes did to a service. */
export interface Attacked {
  readonly name: string;
  readonly tallies: readonly Tally[];
  readonly peakBytes: number;
  readonly observed: Observed;
  /** Errors in the log, ended threads, memory that stays in use and so on, as text; the process is among them if it ended. */
  readonly internal: readonly string[];
}

/** Attacks a service with shapes in turn. */
export async function attackService(
  monitored: MonitoredService,
  observer: Observer,
  documented: OpenApiChecker,
  name: string,
  shapes: readonly HostileShape[],
  effort: Effort,
): Promise<Attacked> {
  const { service } = monitored;
  const shots = shapes.flatMap((shape): Shot[] => {
    const tally = new Tally(shape, documented);
    return shape.make().map((message) => ({ message, tally }));
  });
  await observer.start(service);
  const memory = await MemoryWatch.start(service, KILL_BYTES);
  await attack(service.address, shots, effort);
  await sleep(AFTERMATH_MS);
  const observed = await observer.stop();
  const peakBytes = await memory.stop();
  const internal = [...(await monitored.checks()), ...(await remainders(service))].filter(({ met }) => !met);
  return {
    name,
    tallies: [...new Set(shots.map(({ tally }) => tally))],
    peakBytes,
    observed,
    internal: internal.map(({ name, measured }) => `${name}: ${measured}`),
  };
}

/** Whether everything that requests held is released, some time after the last of them. */
async function remainders({ address, ended }: Service): Promise<Check[]> {
  if (ended) return [];
  const end = performance.now() + RELEASE_MS;
  for (;;) {
    const { samples } = await scrape(`http://127.0.0.1:${address}`);
    const checks = [
      exactly('memory in use afterwards', samples.get('focal_loss_memory_in_use_bytes')!, 0),
      exactly('requests in flight afterwards', samples.get('focal_loss_http_requests_in_flight')!, 1), // The scrape.
    ];
    if (checks.every(({ met }) => met) || performance.now() > end) return checks;
    await sleep(100);
  }
}
