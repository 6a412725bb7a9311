import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Size } from '../batches.ts';
import { Child } from './child.ts';
import { THREADS } from './threads.ts';

/** The one that `bench/setup` made, or one that has the packages already, such as a torch built for this machine's GPU. */
const PYTHON = process.env.COMPETITORS_PYTHON ?? fileURLToPath(new URL('../.venv/bin/python', import.meta.url));

/** The note in place of their rows. */
export const NOT_INSTALLED =
  'The Python competitors are not installed (`bench/setup` does it): their rows are left out.';

export function competitorsInstalled(): boolean {
  return process.env.COMPETITORS_PYTHON !== undefined || existsSync(PYTHON);
}

/** Starts a script of `bench/competitors/` on as many threads as the engine has; call it only where competitors are installed. */
export function startCompetitor(script: string, ...args: string[]): Promise<Child> {
  const threads = String(THREADS);
  return Child.start(PYTHON, [fileURLToPath(new URL(`../competitors/${script}`, import.meta.url)), ...args], {
    OMP_NUM_THREADS: threads, // torch goes by it, too.
    MKL_NUM_THREADS: threads,
    // A compiler's cache from an earlier run would make its time look like nothing.
    TORCHINDUCTOR_FORCE_DISABLE_CACHES: '1',
  });
}

/** Starts `kernel.py`: torchvision's focal loss on one batch, as it is or compiled. */
export function startTorchvision(
  mode: 'eager' | 'compile',
  { samples, classes }: Size,
  device: 'cpu' | 'cuda' = 'cpu',
): Promise<Child> {
  return startCompetitor('kernel.py', mode, String(samples), String(classes), device);
}

/** The versions that a competitor said it runs on. */
export function versionsOf(...competitors: readonly (Child | undefined)[]): Record<string, string> {
  return Object.assign({}, ...competitors.map((competitor) => competitor?.hello.versions));
}
