import { type BackendCandidate, titleOf } from './backend-candidates.ts';
import { probeInChildProcess } from './backend-probe.ts';
import { type BackendThreads, startThreads, type ThreadsOptions } from './backend-threads.ts';
import type { SkippedBackend } from './engine.ts';
import type { BackendDescription } from './engine-worker.ts';

/** The backend that serves. */
export interface ActiveBackend {
  readonly candidate: BackendCandidate;
  readonly threads: BackendThreads;
  readonly description: BackendDescription;
}

/** What the threads of any backend are made of. */
export interface SelectOptions {
  readonly threads: number;
  /** URL of the worker module. */
  readonly worker: string;
}

export interface Selection extends ActiveBackend {
  /** Candidates before it, in the order tried. */
  readonly skipped: readonly SkippedBackend[];
}

/**
 * Activates the first backend that passes its self-test in the threads that will serve.
 *
 * @throws {Error} why each candidate was skipped
 */
export async function selectBackend(
  candidates: readonly BackendCandidate[],
  options: SelectOptions,
  signal: AbortSignal,
): Promise<Selection> {
  const skipped: SkippedBackend[] = [];
  for (const candidate of candidates) {
    try {
      return { ...(await activate(candidate, options, signal)), skipped };
    } catch (error) {
      skipped.push({ name: titleOf(candidate), reason: error instanceof Error ? error.message : String(error) });
    }
  }
  throw new Error(skipped.map(({ name, reason }) => `backend "${name}" is unavailable: ${reason}`).join('; '));
}

async function activate(
  candidate: BackendCandidate,
  options: SelectOptions,
  signal: AbortSignal,
): Promise<ActiveBackend> {
  signal.throwIfAborted();
  const reason = candidate.unavailableReason(candidate.explicit);
  if (reason !== undefined) throw new Error(reason);
  const threadsOptions = threadsOptionsOf(candidate, options);
  if (candidate.native) await probeInChildProcess(threadsOptions, signal);
  return { candidate, ...(await startThreads(threadsOptions, signal)) };
}

export function threadsOptionsOf(candidate: BackendCandidate, { threads, worker }: SelectOptions): ThreadsOptions {
  return {
    backend: candidate.name,
    explicit: candidate.explicit,
    build: candidate.build,
    threads: candidate.singleThread ? 1 : threads,
    worker,
    startupTimeoutMs: candidate.startupTimeoutMs,
  };
}
