import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { isReady } from './service-process.ts';
import { startProcess } from './start-process.ts';

const CONFIG = fileURLToPath(new URL('../../deploy/haproxy/haproxy.cfg', import.meta.url));
const NAMES = ['A', 'B', 'C'] as const;
const TIMEOUT_MS = 10_000;

export const haproxyInstalled = spawnSync('haproxy', ['-v']).status === 0;

/** HAProxy in front of up to three replicas, with the shipped configuration. */
export class Haproxy {
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.#process = child;
  }

  /** @param ports the ports of the replicas; the others of the three are unreachable */
  static async start(ports: readonly number[]): Promise<Haproxy> {
    const port = await freePort();
    const unused = await freePort();
    const replicas = NAMES.map((name, i) => [`REPLICA_${name}`, `127.0.0.1:${ports[i] ?? unused}`]);
    const env = { LISTEN: `127.0.0.1:${port}`, ...Object.fromEntries(replicas) };
    const child = startProcess('haproxy', ['-db', '-q', '-f', CONFIG], { env, stdout: 'ignore' });
    child.stderr!.pipe(process.stderr);
    return new Haproxy(port, child);
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** Waits until it forwards requests to a ready replica. */
  async ready(): Promise<void> {
    const deadline = performance.now() + TIMEOUT_MS;
    while (!(await isReady(this.port))) {
      if (performance.now() > deadline) throw new Error('HAProxy found no ready replica');
      await sleep(100);
    }
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill();
    await ended;
  }
}
