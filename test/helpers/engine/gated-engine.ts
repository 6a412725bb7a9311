import { after } from 'node:test';
import type { Engine } from '../../../src/engine/engine.ts';
import { startEngine } from '../../../src/engine/engine-pool.ts';
import { openAllGates } from '../../harness/gate.ts';

// What a test needs of the engine's classes to start one whose threads it holds (gated-worker.ts).

export interface GatedEngineSettings {
  readonly threads?: number;
  readonly queueLimit?: number;
  /** How long a thread may go on after its batch was cancelled. */
  readonly hangTimeoutMs?: number;
}

export const GATED_WORKER = new URL('../../engine/gated-worker.ts', import.meta.url).href;

/** An engine that is closed after the test, or the file, that started it. */
export function startGatedEngine({ threads = 1, queueLimit = 8, hangTimeoutMs = 30_000 }: GatedEngineSettings): Engine {
  return closedAfterwards(startEngine({ engine: 'wasm', threads, queueLimit, hangTimeoutMs }, GATED_WORKER));
}

export function closedAfterwards(engine: Engine): Engine {
  after(async () => {
    openAllGates();
    await engine.close();
  });
  return engine;
}
