import { once } from 'node:events';
import { type ProcessSetup, startProcess } from '../harness/start-process.ts';

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;

/** Starts the built service, which must end by itself: its exit code and what it writes to standard error. */
export async function failedStart(
  flags: readonly string[],
  { nodeFlags = [], ...setup }: ProcessSetup & { readonly nodeFlags?: readonly string[] } = {},
): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly stderr: string }> {
  const child = startProcess(process.execPath, [...nodeFlags, MAIN, '--engine-threads', '1', ...flags], setup);
  child.stdout?.resume();
  const [stderr, [code, signal]] = await Promise.all([
    child.stderr!.setEncoding('utf8').toArray(),
    once(child, 'exit'),
  ]);
  return { code, signal, stderr: stderr.join('') };
}
