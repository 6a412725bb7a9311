import type { Step } from './backend-candidates.ts';
import { tryInChild } from './backend-probe.ts';
import { RungThreads, type ThreadsOptions } from './backend-threads.ts';
import type { PassedOver } from './engine.ts';
import type { WorkerFacts } from './engine-worker.ts';

/** The rung that was reached. */
export interface Foothold {
  readonly step: Step;
  readonly threads: RungThreads;
  readonly threadCount: number;
  readonly facts: WorkerFacts;
  readonly passedOver: readonly PassedOver[];
}

export interface ClimbOptions {
  readonly threads: number;
  readonly worker: string;
  readonly signal: AbortSignal;
}

/**
 * Takes the first rung that passes its self-test in the threads that will serve.
 *
 * @throws {Error} that says why none has
 */
export async function climb(steps: readonly Step[], options: ClimbOptions): Promise<Foothold> {
  const passedOver: PassedOver[] = [];
  for (const step of steps) {
    try {
      return { ...(await standOn(step, options)), passedOver };
    } catch (error) {
      passedOver.push({ name: step.name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  throw new Error(passedOver.map(({ name, reason }) => `engine "${name}" can't be had: ${reason}`).join('; '));
}

async function standOn(step: Step, options: ClimbOptions): Promise<Omit<Foothold, 'passedOver'>> {
  const { signal } = options;
  signal.throwIfAborted();
  const reason = step.missing(step.asked);
  if (reason !== undefined) throw new Error(reason);
  const threadsOptions = threadsOptionsOf(step, options);
  if (step.native) await tryInChild(threadsOptions, signal);
  return { step, threadCount: threadsOptions.threads, ...(await admitted(threadsOptions, signal)) };
}

/** New threads that have passed the self-test. */
export async function admitted(
  options: ThreadsOptions,
  signal: AbortSignal,
): Promise<{ threads: RungThreads; facts: WorkerFacts }> {
  signal.throwIfAborted();
  const threads = new RungThreads(options);
  const end = () => threads.destroy();
  signal.addEventListener('abort', end);
  try {
    return { threads, facts: await threads.admit() };
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** How the threads of a rung are made. */
export function threadsOptionsOf(
  step: Step,
  { threads, worker }: Pick<ClimbOptions, 'threads' | 'worker'>,
): ThreadsOptions {
  return { rung: step.name, asked: step.asked, threads: step.oneThread ? 1 : threads, worker, limitMs: step.limitMs };
}
