import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { isReady } from './service-process.ts';
import { startProcess } from './start-process.ts';

const CONFIG = fileURLToPath(new URL('../../deploy/haproxy/haproxy.cfg', import.meta.url));
const NAMES = ['A', 'B', 'C'] as const;
const PATIENCE_MS = 10_000;

export const haproxyInstalled = spawnSync('haproxy', ['-v']).status === 0;

/** HAProxy in front of up to three replicas, with the configuration that is shipped. */
export class Haproxy {
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.#process = child;
  }

  /** @param ports of the replicas; those that it is not given are away */
  static async start(ports: readonly number[]): Promise<Haproxy> {
    const port = await freePort();
    const away = await freePort();
    const replicas = NAMES.map((name, i) => [`REPLICA_${name}`, `127.0.0.1:${ports[i] ?? away}`]);
    const env = { LISTEN: `127.0.0.1:${port}`, ...Object.fromEntries(replicas) };
    const child = startProcess('haproxy', ['-db', '-q', '-f', CONFIG], { env, stdout: 'ignore' });
    child.stderr!.pipe(process.stderr);
    return new Haproxy(port, child);
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** Until it sends requests to a replica that takes them. */
  async ready(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await isReady(this.port))) {
      if (performance.now() > deadline) throw new Error('HAProxy finds no replica');
      await sleep(100);
    }
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill();
    await ended;
  }
}
