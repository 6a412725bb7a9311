import type { Engine } from '../../src/engine/engine.ts';
import { startEngine } from '../../src/engine/worker-pool.ts';

// What a test needs of the engine's classes to start one whose threads it holds (gated-worker.ts).

export interface GatedEngineSettings {
  readonly threads?: number;
  readonly queueLimit?: number;
  /** How long a thread may go on after its batch was cancelled. */
  readonly hungAfterMs?: number;
}

export const GATED_WORKER = new URL('./gated-worker.ts', import.meta.url).href;

export function startGatedEngine({ threads = 1, queueLimit = 8, hungAfterMs = 30_000 }: GatedEngineSettings): Engine {
  return startEngine({ engine: 'wasm', threads, queueLimit, hungAfterMs }, GATED_WORKER);
}
