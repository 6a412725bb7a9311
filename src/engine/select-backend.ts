import type { BackendCandidate } from './backend-candidates.ts';
import { probeInChildProcess } from './backend-probe.ts';
import { BackendThreads, type ThreadsOptions } from './backend-threads.ts';
import type { SkippedBackend } from './engine.ts';
import type { WorkerFacts } from './engine-worker.ts';

/** The backend that was reached. */
export interface ActiveBackend {
  readonly step: BackendCandidate;
  readonly threads: BackendThreads;
  readonly threadCount: number;
  readonly facts: WorkerFacts;
  readonly skipped: readonly SkippedBackend[];
}

export interface SelectOptions {
  readonly threads: number;
  readonly worker: string;
  readonly signal: AbortSignal;
}

/**
 * Takes the first backend that passes its self-test in the threads that will serve.
 *
 * @throws {Error} that says why none has
 */
export async function selectBackend(
  steps: readonly BackendCandidate[],
  options: SelectOptions,
): Promise<ActiveBackend> {
  const skipped: SkippedBackend[] = [];
  for (const step of steps) {
    try {
      return { ...(await activate(step, options)), skipped };
    } catch (error) {
      skipped.push({ name: step.name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  throw new Error(skipped.map(({ name, reason }) => `engine "${name}" can't be had: ${reason}`).join('; '));
}

async function activate(step: BackendCandidate, options: SelectOptions): Promise<Omit<ActiveBackend, 'skipped'>> {
  const { signal } = options;
  signal.throwIfAborted();
  const reason = step.unavailableReason(step.explicit);
  if (reason !== undefined) throw new Error(reason);
  const threadsOptions = threadsOptionsOf(step, options);
  if (step.native) await probeInChildProcess(threadsOptions, signal);
  return { step, threadCount: threadsOptions.threads, ...(await startThreads(threadsOptions, signal)) };
}

/** New threads that have passed the self-test. */
export async function startThreads(
  options: ThreadsOptions,
  signal: AbortSignal,
): Promise<{ threads: BackendThreads; facts: WorkerFacts }> {
  signal.throwIfAborted();
  const threads = new BackendThreads(options);
  const end = () => threads.destroy();
  signal.addEventListener('abort', end);
  try {
    return { threads, facts: await threads.checkCapacity() };
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** How the threads of a backend are made. */
export function threadsOptionsOf(
  step: BackendCandidate,
  { threads, worker }: Pick<SelectOptions, 'threads' | 'worker'>,
): ThreadsOptions {
  return {
    backend: step.name,
    explicit: step.explicit,
    threads: step.oneThread ? 1 : threads,
    worker,
    startupTimeoutMs: step.startupTimeoutMs,
  };
}
