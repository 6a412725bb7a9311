import { readdir } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { Connection, post } from '../harness/connection.ts';
import { rss } from '../harness/rss.ts';
import { type Service, type ServiceSetup, startServiceWith } from '../harness/service-process.ts';
import { type Check, exactly } from './scenario.ts';

const ERROR_LEVEL = 50;
const TINY = Buffer.from('{"logits":[0],"labels":[1]}');

/** A tiny batch, for whether the service responses at all. */
export const TINY_REQUEST = post('/v1/focal-loss', 'application/json', TINY);

/** The service as a process, whose internal failures are monitored: errors in its log, and threads that end. */
export class MonitoredService {
  readonly service: Service;
  /** Bytes resident after the first requests. */
  readonly idleRss: number;
  readonly #threads: readonly string[];

  private constructor(service: Service, idleRss: number, threads: readonly string[]) {
    this.service = service;
    this.idleRss = idleRss;
    this.#threads = threads;
  }

  static async start(setup: ServiceSetup, ...flags: string[]): Promise<MonitoredService> {
    const service = await startServiceWith({ stdout: 'pipe', ...setup }, '--log-level', 'error', ...flags);
    await warmUp(service);
    return new MonitoredService(service, await rss(service.pid), await threadsOf(service.pid));
  }

  /** Checks for internal failures; call it before the service is stopped. */
  async checks(): Promise<Check[]> {
    const { log, pid, ended } = this.service;
    if (ended) return [exactly('the process', 'ended', 'goes on')];
    const left = new Set(await threadsOf(pid));
    const errors = log.filter((line) => JSON.parse(line).level >= ERROR_LEVEL);
    for (const error of errors.slice(0, 3)) process.stderr.write(`logged: ${error.slice(0, 2000)}\n`);
    return [
      exactly('errors in the log', errors.length, 0),
      exactly('threads that ended', this.#threads.filter((thread) => !left.has(thread)).length, 0),
      exactly('a tiny batch afterwards', await tinyBatchStatus(this.service), 200),
    ];
  }
}

/** Every thread that there will be has been started afterwards: those that inflate bodies, too. */
async function warmUp(service: Service): Promise<void> {
  const connection = await Connection.open(service.address);
  const inflated = post('/v1/focal-loss', 'application/json', gzipSync(TINY), { 'Content-Encoding': 'gzip' });
  for (let i = 0; i < 100; i++) await connection.send(i % 2 === 0 ? TINY_REQUEST : inflated);
  connection.close();
}

/** The status of a tiny batch on a connection of its own; 0 if there is none. */
export async function tinyBatchStatus({ address }: Service): Promise<number> {
  const connection = await Connection.open(address).catch(() => undefined);
  if (!connection) return 0;
  const status = await connection.send(TINY_REQUEST).then(
    (response) => response.status,
    () => 0,
  );
  connection.close();
  return status;
}

async function threadsOf(pid: number): Promise<string[]> {
  return readdir(`/proc/${pid}/task`);
}
