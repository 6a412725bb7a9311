import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Address } from './connection.ts';
import { freePort } from './free-port.ts';
import { startProcess } from './start-process.ts';

export interface Service {
  readonly pid: number;
  readonly address: Address;
  /** Lines of its log, if `stdout` is a pipe. */
  readonly log: readonly string[];
  /** Whether it has ended. */
  readonly ended: boolean;
  signal(name: NodeJS.Signals): void;
  /** Its exit code; null if a signal ended it. */
  exit(): Promise<number | null>;
  /** Sends SIGTERM and waits for the exit. */
  stop(): Promise<void>;
}

export interface ServiceSetup {
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of Node itself, before the script. */
  readonly nodeFlags?: readonly string[];
  /** Where its log goes: nowhere by default, to a pipe to this process, or to an open file descriptor. */
  readonly stdout?: 'ignore' | 'pipe' | number;
  /** The command that starts it instead of `node`; it gets the command line as arguments. */
  readonly command?: readonly [string, ...string[]];
  /** How long it may take to become ready. A minute is long for `wasm`. */
  readonly readyWithinMs?: number;
}

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Starts the service as it ships, from `dist/`, and waits until it is ready. */
export function startService(...flags: string[]): Promise<Service> {
  return startServiceWith({}, ...flags);
}

export async function startServiceWith(
  { env = {}, nodeFlags = [], stdout = 'ignore', command = [process.execPath], readyWithinMs = 60_000 }: ServiceSetup,
  ...flags: string[]
): Promise<Service> {
  const socket = flags[flags.indexOf('--socket') + 1];
  const address = flags.includes('--socket') && socket !== undefined ? socket : await freePort();
  const listen = typeof address === 'number' ? ['--port', String(address)] : [];
  const [program, ...before] = command;
  const line = [...before, ...nodeFlags, MAIN, ...listen, ...flags];
  const child = startProcess(program, line, { env, stdout });
  child.stderr!.pipe(process.stderr);
  const log: string[] = [];
  if (child.stdout) createInterface(child.stdout).on('line', (text) => log.push(text));
  const service = new ServiceProcess(child, address, log);
  const deadline = performance.now() + readyWithinMs;
  while (!(await isReady(address))) {
    if (service.ended) throw new Error(`the service ended before it was ready: ${log.at(-1) ?? ''}`);
    if (performance.now() > deadline) throw new Error(`the service did not get ready within ${readyWithinMs / 1000} s`);
    await sleep(50);
  }
  return service;
}

class ServiceProcess implements Service {
  readonly address: Address;
  readonly log: readonly string[];
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;

  constructor(child: ChildProcess, address: Address, log: readonly string[]) {
    this.#child = child;
    this.address = address;
    this.log = log;
    this.#exit = once(child, 'close').then(([code]) => code);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  exit(): Promise<number | null> {
    return this.#exit;
  }

  async stop(): Promise<void> {
    this.signal('SIGTERM');
    await this.#exit;
  }
}

export function isReady(address: Address): Promise<boolean> {
  const target = typeof address === 'string' ? { socketPath: address } : { port: address };
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', path: '/health/ready', agent: false, ...target }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => resolve(false));
  });
}
