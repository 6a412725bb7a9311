import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryWatch } from '../memory-watch.ts';
import type { MonitoredService } from '../monitored-service.ts';
import type { Observed, Observer } from '../observer.ts';
import type { OpenApiChecker } from '../openapi-checker.ts';
import { attack, type Effort, type Shot } from './attack.ts';
import type { HostileShape } from './hostile-shape.ts';
import { Tally } from './tally.ts';

/** Beyond so much resident memory the service is killed, so that the machine goes on. */
export const KILL_BYTES = 4 * 2 ** 30;
/** How long the service is watched after the last request. */
const AFTERMATH_MS = 250;

/** What some shapes did to a service. */
export interface Attacked {
  readonly name: string;
  readonly tallies: readonly Tally[];
  readonly peakBytes: number;
  readonly observed: Observed;
  /** Errors in the log, ended threads and so on, as text; the process is among them if it ended. */
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
  const internal = (await monitored.checks()).filter(({ met }) => !met);
  return {
    name,
    tallies: [...new Set(shots.map(({ tally }) => tally))],
    peakBytes,
    observed,
    internal: internal.map(({ name, measured }) => `${name}: ${measured}`),
  };
}
