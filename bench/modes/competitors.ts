import type { Engine } from '../../src/engine/engine.ts';
import { startEngine } from '../../src/engine/engine-pool.ts';
import type { Address } from '../../test/harness/connection.ts';
import { startService } from '../../test/harness/service-process.ts';
import type { Child } from '../harness/child.ts';
import { competitorsInstalled, startCompetitor } from '../harness/competitor.ts';
import { startServer } from '../harness/server.ts';
import { THREADS } from '../harness/threads.ts';
import { unlessToy } from '../harness/toy.ts';

/** All that takes part, from the first row to the last. Those in Python are undefined where they are not installed. */
export interface Competitors {
  readonly engine: Engine;
  /** On one thread, to compare bytes with. */
  readonly singleThread: Engine;
  readonly service: Address;
  readonly echo: Address;
  /** Eager and compiled code in one process. */
  readonly torch: Child | undefined;
  readonly fastapi: Child | undefined;
  stop(): Promise<void>;
}

/** A toy run looks whether the graph is captured whole, and spares the C++ compiler a minute. */
const COMPILER = unlessToy('inductor', 'aot_eager');

export async function startCompetitors(): Promise<Competitors> {
  const ifInstalled = (script: string, ...args: string[]) =>
    competitorsInstalled() ? startCompetitor(script, ...args) : undefined;
  const engines = [THREADS, 1].map((threads) => startEngine({ engine: 'auto', threads, queueLimit: 1 }));
  const [service, echo, torch, fastapi] = await Promise.all([
    startService('--engine-threads', String(THREADS)),
    startServer('echo.ts'),
    ifInstalled('modes_kernel.py', COMPILER),
    ifInstalled('modes_server.py'),
    ...engines.map(({ ready }) => ready),
  ] as const);
  return {
    service: service.address,
    echo: echo.port,
    fastapi,
    engine: engines[0]!,
    singleThread: engines[1]!,
    torch,
    async stop() {
      await Promise.all([...engines.map((engine) => engine.close()), service.stop()]);
      await Promise.all([echo, torch, fastapi].map((child) => child?.stop()));
    },
  };
}
