import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { after } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { buildApp } from '../../../src/app.ts';
import { type Config, loadConfig } from '../../../src/config.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { Lifecycle } from '../../../src/http/lifecycle.ts';
import { openAllGates } from '../../harness/gate.ts';
import { scrape } from '../../harness/scrape.ts';
import { until } from '../../harness/until.ts';
import { type GatedEngineSettings, startGatedEngine } from '../engine/gated-engine.ts';

// The service on an engine whose threads the test holds (test/engine/gated-worker.ts), and what it says of its memory.

export interface GatedService {
  readonly url: string;
  readonly app: FastifyInstance;
  readonly engine: Engine;
  readonly lifecycle: Lifecycle;
  memory(): Promise<MemoryUsage>;
  /** Waits until no request has any memory. */
  allReleased(): Promise<void>;
}

export interface MemoryUsage {
  /** Bytes that requests have, as they were asked for. */
  readonly inUse: number;
  /** Bytes kept for later requests. */
  readonly free: number;
}

export async function startGatedService(settings: GatedEngineSettings = {}, ...flags: string[]): Promise<GatedService> {
  const config = loadConfig(['--port', '0', '--engine-threads', '1', ...flags], {}) as Config;
  const engine = startGatedEngine(settings);
  const lifecycle = new Lifecycle();
  const app = await buildApp({ config, engine, lifecycle, logger: pino({ level: 'silent' }) });
  await engine.ready;
  const url = await app.listen(config.listen);
  after(async () => {
    openAllGates();
    await app.close();
  });
  const memory = () => memoryOf(url);
  const allReleased = () => until('no request has any memory', async () => (await memory()).inUse === 0);
  return { url, app, engine, lifecycle, memory, allReleased };
}

/** What a service says of the memory of its requests. */
export async function memoryOf(url: string): Promise<MemoryUsage> {
  const { samples } = await scrape(url);
  const inUse = samples.get('focal_loss_memory_lent_bytes');
  const free = samples.get('focal_loss_memory_free_bytes');
  if (inUse === undefined || free === undefined) throw new Error('the metrics do not tell of memory');
  return { inUse, free };
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly code: string | undefined;
}

export interface Sending {
  readonly outgoing: ClientRequest;
  /** Rejects if the caller hangs up. */
  readonly answer: Promise<Answered>;
  /** The caller goes away. */
  hangUp(): void;
}

export type Headers = Readonly<Record<string, string | number>>;

/** Sends a request, or begins to: without a body the caller goes on by itself. */
export function send(url: string, path: string, headers: Headers, body?: string | Uint8Array): Sending {
  const outgoing = request(`${url}${path}`, { method: 'POST', headers, agent: false });
  outgoing.on('error', () => {}); // The answer tells.
  const answer = received(outgoing);
  answer.catch(() => {}); // Where the caller hangs up, there is none.
  if (body === undefined) outgoing.flushHeaders();
  else outgoing.end(body);
  return { outgoing, answer, hangUp: () => outgoing.destroy() };
}

async function received(outgoing: ClientRequest): Promise<Answered> {
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const body = Buffer.concat(await response.toArray());
  const isProblem = /json/.test(response.headers['content-type'] ?? '');
  const code = isProblem ? JSON.parse(body.toString()).code : undefined;
  return { status: response.statusCode!, headers: response.headers, body, code };
}
