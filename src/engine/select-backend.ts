import { type BackendCandidate, titleOf } from './backend-candidates.ts';
import { probeInChildProcess } from './backend-probe.ts';
import { type BackendThreads, startThreads, type ThreadsOptions } from './backend-threads.ts';
import type { SkippedBackend } from './engine.ts';
import type { BackendDescription } from './engine-worker.ts';
import { InlineEvaluation, type StartInlineBackend } from './inline-evaluation.ts';

/** The backend that serves. */
export interface ActiveBackend {
  readonly candidate: BackendCandidate;
  readonly threads: BackendThreads;
  readonly inline: InlineEvaluation;
  readonly description: BackendDescription;
}

/** What the threads of any backend are made of. */
export interface SelectOptions {
  readonly threads: number;
  /** URL of the worker module. */
  readonly worker: string;
  /** Starts a backend in the calling thread; undefined: threads evaluate all batches. */
  readonly startInline: StartInlineBackend | undefined;
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
  // The calling thread would only wait for the others.
  const [started, inline] = await Promise.all([startThreads(threadsOptions, signal), startInline(candidate, options)]);
  return { candidate, ...started, inline };
}

async function startInline(
  { name, inline, build }: BackendCandidate,
  { startInline: start }: SelectOptions,
): Promise<InlineEvaluation> {
  if (!inline) return InlineEvaluation.none(`the threads of "${name}" evaluate all batches`);
  return start ? InlineEvaluation.start(start, build) : InlineEvaluation.none('it is not enabled');
}

export function threadsOptionsOf(
  candidate: BackendCandidate,
  { threads, worker }: Pick<SelectOptions, 'threads' | 'worker'>,
): ThreadsOptions {
  return {
    backend: candidate.name,
    explicit: candidate.explicit,
    build: candidate.build,
    threads: candidate.singleThread ? 1 : threads,
    worker,
    startupTimeoutMs: candidate.startupTimeoutMs,
  };
}
