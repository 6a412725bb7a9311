import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startupTimeoutError } from '../core/startup-timeout.ts';
import type { ProbeResult } from './backend-probe-process.ts';
import type { ThreadsOptions } from './backend-threads.ts';

// Beside this file, with this file's extension.
const PROBE = fileURLToPath(new URL(`./backend-probe-process${extname(import.meta.url)}`, import.meta.url));

/** The child keeps the backend's own time limit. This much later, even the child hangs. */
const GRACE_MS = 5_000;

/**
 * Starts a backend in a child process, because a native library that aborts or hangs ends that process alone. What the
 * driver compiles for a GPU meanwhile stays in its cache.
 *
 * @throws {Error} why the backend is unavailable
 */
export async function probeInChildProcess(options: ThreadsOptions, signal: AbortSignal): Promise<void> {
  const child = fork(PROBE, [JSON.stringify({ ...options, threads: 1 })], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let lastErrorLine = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    process.stderr.write(text);
    lastErrorLine = text.trim().split('\n').at(-1) || lastErrorLine;
  });
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  let timer: NodeJS.Timeout | undefined;
  try {
    const { reason } = await new Promise<ProbeResult>((resolve, reject) => {
      timer = setTimeout(
        () => reject(startupTimeoutError(options.startupTimeoutMs)),
        options.startupTimeoutMs + GRACE_MS,
      );
      child.once('message', (result) => resolve(result as ProbeResult));
      child.once('error', reject);
      child.once('exit', (code, signalName) => {
        const end = signalName ? `was ended by ${signalName}` : `exited with code ${code}`;
        resolve({ reason: `its process ${end}${lastErrorLine && `; its last error output: ${lastErrorLine}`}` });
      });
    });
    if (reason !== undefined) throw new Error(reason);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
    kill();
  }
}
