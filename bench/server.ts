import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Child, startProcess } from './child.ts';

/** Starts a script of `bench/servers/`. */
export function startServer(script: string): Promise<Child> {
  const loader = new URL('../test/typescript.mjs', import.meta.url).href;
  return Child.start(process.execPath, [
    '--import',
    loader,
    fileURLToPath(new URL(`servers/${script}`, import.meta.url)),
  ]);
}

export interface Service {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

const PATIENCE_MS = 60_000;

/** Starts the service as it ships, from `dist/`, and waits until it is ready. */
export async function startService(...flags: string[]): Promise<Service> {
  const port = await freePort();
  const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
  const child = startProcess(process.execPath, [main, '--port', String(port), ...flags], {}, 'ignore');
  child.stderr!.pipe(process.stderr);
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isReady(port))) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error('the service did not get ready');
    await sleep(50);
  }
  return {
    pid: child.pid!,
    port,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function isReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`);
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    return false;
  }
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
