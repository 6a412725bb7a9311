import { BackendThreads, type ThreadsOptions } from './backend-threads.ts';

// A process of its own in which a backend is tried (try-in-child.ts); its argument are `ThreadsOptions`.

/** What it answers with, unless it dies of it. */
export interface ProbeResult {
  readonly reason?: string;
}

// The service has ended. Exiting would wait for a thread that hangs.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const answer = await new BackendThreads(JSON.parse(process.argv[2]!) as ThreadsOptions).checkCapacity().then(
  (): ProbeResult => ({}),
  (error: unknown): ProbeResult => ({ reason: error instanceof Error ? error.message : String(error) }),
);
process.send?.(answer);
