import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';
import { THREADS } from './threads.ts';

/** That of `bench/setup`, or another that has the packages: on a machine with a GPU, whose torch knows that. */
const PYTHON = process.env.PEERS_PYTHON ?? fileURLToPath(new URL('.venv/bin/python', import.meta.url));

/** What to say of rows that are left out. */
export const NOT_INSTALLED = 'The Python peers are not installed (`bench/setup` does it): their rows are left out.';

export function peersInstalled(): boolean {
  return process.env.PEERS_PYTHON !== undefined || existsSync(PYTHON);
}

/** Starts a script of `bench/peers/` on as many threads as the engine has; call it only where peers are installed. */
export function startPeer(script: string, ...args: string[]): Promise<Child> {
  const threads = String(THREADS);
  return Child.start(PYTHON, [fileURLToPath(new URL(`peers/${script}`, import.meta.url)), ...args], {
    OMP_NUM_THREADS: threads, // torch goes by it, too.
    MKL_NUM_THREADS: threads,
    // A compiler's cache from an earlier run would make its time look like nothing.
    TORCHINDUCTOR_FORCE_DISABLE_CACHES: '1',
  });
}

/** The versions that a peer said it runs on. */
export function versionsOf(...peers: readonly (Child | undefined)[]): Record<string, string> {
  return Object.assign({}, ...peers.map((peer) => peer?.hello.versions));
}
