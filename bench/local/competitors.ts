import type { Engine } from '../../src/engine/engine.ts';
import { startEngine } from '../../src/engine/engine-pool.ts';
import { type Service, startService } from '../../test/harness/service-process.ts';
import type { Child } from '../harness/child.ts';
import { competitorsInstalled, startCompetitor } from '../harness/competitor.ts';
import { THREADS } from '../harness/threads.ts';
import { unlessToy } from '../harness/toy.ts';
import { OTHER_OUTPUTS } from './region-requests.ts';

/** All that takes part, from the first row to the last. Those in Python are undefined where they are not installed. */
export interface Competitors {
  readonly engine: Engine;
  readonly service: Service;
  /** Eager and compiled code in one process. */
  readonly torch: Child | undefined;
  /** Callers of the service in Python. */
  readonly clients: Child | undefined;
  stop(): Promise<void>;
}

/** A toy run spares the C++ compiler its time. */
const COMPILER = unlessToy('inductor', 'aot_eager');

export async function startCompetitors(): Promise<Competitors> {
  const service = await startService('--engine-threads', String(THREADS), '--shared-memory', 'on');
  const engine = startEngine({ engine: 'auto', threads: THREADS, queueLimit: 1 });
  const [torch, clients] = competitorsInstalled()
    ? await Promise.all([
        startCompetitor('modes_kernel.py', COMPILER),
        startCompetitor('regions.py', String(service.address), ...OTHER_OUTPUTS),
      ])
    : [];
  await engine.ready;
  return {
    engine,
    service,
    torch,
    clients,
    async stop() {
      await Promise.all([torch, clients].map((child) => child?.stop()));
      await Promise.all([engine.close(), service.stop()]);
    },
  };
}
