import assert from 'node:assert/strict';
import { after } from 'node:test';
import { ServiceError } from '../../../src/core/service-error.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { openAllGates } from '../../harness/gate.ts';
import { startTestEngine } from './start-test-engine.ts';

// An engine whose threads a test can hold at gates (gated-worker.ts).

export interface GatedEngineSettings {
  readonly threads?: number;
  readonly queueLimit?: number;
  /** How long a thread may go on after its batch was cancelled. */
  readonly hangTimeoutMs?: number;
}

export const GATED_WORKER = new URL('./gated-worker.ts', import.meta.url).href;

/** Starts an engine that is closed after the test, or the file, that started it. */
export async function startGatedEngine(settings: GatedEngineSettings = {}): Promise<Engine> {
  const { threads = 1, queueLimit = 8, hangTimeoutMs = 30_000 } = settings;
  const engine = closeAfterwards(startTestEngine({ engine: 'wasm', threads, queueLimit, hangTimeoutMs }, GATED_WORKER));
  await engine.ready;
  return engine;
}

export function closeAfterwards(engine: Engine): Engine {
  after(async () => {
    openAllGates();
    await engine.close();
  });
  return engine;
}

/** Expects that an evaluation fails with this code. */
export async function failsWith(evaluation: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(evaluation, (error) => error instanceof ServiceError && error.code === code);
}
