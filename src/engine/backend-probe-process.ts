import { RungThreads, type ThreadsOptions } from './backend-threads.ts';

// A process of its own in which a rung is tried (try-in-child.ts); its argument are `ThreadsOptions`.

/** What it answers with, unless it dies of it. */
export interface ProbeAnswer {
  readonly reason?: string;
}

// The service has ended. Exiting would wait for a thread that hangs.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const answer = await new RungThreads(JSON.parse(process.argv[2]!) as ThreadsOptions).admit().then(
  (): ProbeAnswer => ({}),
  (error: unknown): ProbeAnswer => ({ reason: error instanceof Error ? error.message : String(error) }),
);
process.send?.(answer);
