import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProbeResult } from './backend-probe-process.ts';
import { startupTimeoutError, type ThreadsOptions } from './backend-threads.ts';

// Beside this file, with this file's extension.
const PROBE = fileURLToPath(new URL(`./backend-probe-process${extname(import.meta.url)}`, import.meta.url));

/** Beyond the limit of the backend itself, which the child keeps: for one that does not even answer that it is late. */
const GRACE_MS = 5_000;

/**
 * Tries a backend in a process of its own: a native library that aborts or hangs takes only that with it. What is compiled
 * for a GPU on the way stays in the driver's cache.
 *
 * @throws {Error} that says why the backend can't be had
 */
export async function probeInChildProcess(options: ThreadsOptions, signal: AbortSignal): Promise<void> {
  const child = fork(PROBE, [JSON.stringify({ ...options, threads: 1 })], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let lastWords = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    process.stderr.write(text);
    lastWords = text.trim().split('\n').at(-1) || lastWords;
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
      child.once('message', (answer) => resolve(answer as ProbeResult));
      child.once('error', reject);
      child.once('exit', (code, by) => {
        resolve({
          reason: `its process was ended by ${by ?? `exit code ${code}`}${lastWords && `, last saying: ${lastWords}`}`,
        });
      });
    });
    if (reason !== undefined) throw new Error(reason);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
    kill();
  }
}
