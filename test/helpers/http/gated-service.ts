import { after } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { type Config, listenOptions, loadConfig } from '../../../src/config.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { Lifecycle } from '../../../src/http/lifecycle.ts';
import { openAllGates } from '../../harness/gate.ts';
import { scrape } from '../../harness/scrape.ts';
import { until } from '../../harness/until.ts';
import { type GatedEngineSettings, startGatedEngine } from '../engine/gated-engine.ts';
import { buildTestApp } from './build-test-app.ts';

/** The service on an engine whose threads a test can hold at gates (test/helpers/engine/gated-worker.ts). */
export interface GatedService {
  readonly url: string;
  readonly app: FastifyInstance;
  readonly engine: Engine;
  readonly lifecycle: Lifecycle;
  memory(): Promise<MemoryUsage>;
  /** Waits until no memory is in use. */
  allReleased(): Promise<void>;
}

export interface MemoryUsage {
  /** Bytes that requests use. */
  readonly inUse: number;
  /** Bytes kept for later requests. */
  readonly free: number;
}

export async function startGatedService(settings: GatedEngineSettings = {}, ...flags: string[]): Promise<GatedService> {
  const config = loadConfig(['--port', '0', '--engine-threads', '1', ...flags], {}) as Config;
  const engine = await startGatedEngine(settings);
  const lifecycle = new Lifecycle();
  const app = await buildTestApp({ config, engine, lifecycle, logger: pino({ level: 'silent' }) });
  const url = await app.listen(listenOptions(config));
  after(async () => {
    openAllGates();
    await app.close();
  });
  const memory = () => memoryOf(url);
  return { url, app, engine, lifecycle, memory, allReleased: () => allReleased(url) };
}

/** Reads the memory of a service's requests from its metrics. */
export async function memoryOf(url: string): Promise<MemoryUsage> {
  const { samples } = await scrape(url);
  const inUse = samples.get('focal_loss_memory_in_use_bytes');
  const free = samples.get('focal_loss_memory_free_bytes');
  if (inUse === undefined || free === undefined) throw new Error('the metrics lack the memory in use or free');
  return { inUse, free };
}

/** Requests in flight, without the one that reads this number. */
export async function inFlight(url: string): Promise<number> {
  const { samples } = await scrape(url);
  return samples.get('focal_loss_http_requests_in_flight')! - 1;
}

export function allReleased(url: string): Promise<void> {
  return until('no memory is in use', async () => (await memoryOf(url)).inUse === 0);
}
