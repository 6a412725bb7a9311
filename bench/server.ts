import { once } from 'node:events';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Child, startProcess } from './child.ts';
import type { Address } from './connection.ts';

/** Starts a script of `bench/servers/`. */
export async function startServer(script: string, socket?: string): Promise<Child & { readonly address: Address }> {
  const loader = new URL('../test/typescript.mjs', import.meta.url).href;
  const file = fileURLToPath(new URL(`servers/${script}`, import.meta.url));
  const child = await Child.start(process.execPath, ['--import', loader, file, ...(socket ? [socket] : [])]);
  return Object.assign(child, { address: socket ?? child.port });
}

export interface Service {
  readonly pid: number;
  readonly address: Address;
  stop(): Promise<void>;
}

const PATIENCE_MS = 60_000;

/** Starts the service as it ships, from `dist/`, and waits until it is ready. */
export async function startService(...flags: string[]): Promise<Service> {
  const socket = flags[flags.indexOf('--socket') + 1];
  const address = flags.includes('--socket') && socket !== undefined ? socket : await freePort();
  const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
  const listen = typeof address === 'number' ? ['--port', String(address)] : [];
  const child = startProcess(process.execPath, [main, ...listen, ...flags], {}, 'ignore');
  child.stderr!.pipe(process.stderr);
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isReady(address))) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error('the service did not get ready');
    await sleep(50);
  }
  return {
    pid: child.pid!,
    address,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function isReady(address: Address): Promise<boolean> {
  const target = typeof address === 'string' ? { socketPath: address } : { port: address };
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', path: '/health/ready', ...target }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    }).on('error', () => resolve(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port to be had');
  return address.port;
}
