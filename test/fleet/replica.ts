import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;

/** One process of the built service, always on the same port. */
export class Replica {
  readonly #port: number;
  #child: ChildProcess | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Until its engine is warm. */
  async start(): Promise<void> {
    const flags = ['--port', String(this.#port), '--engine-threads', '1', '--drain-delay-ms', '2000'];
    const child = spawn(process.execPath, [MAIN, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`a replica ended with ${code} before it was ready`)));
      createInterface(child.stdout).on('line', (line) => {
        if (JSON.parse(line).msg === 'ready') resolve();
      });
    });
  }

  /** Until it has ended. SIGTERM drains; SIGKILL does not. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}
