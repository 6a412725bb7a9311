import { BackendThreads, type ThreadsOptions } from './backend-threads.ts';

// The child process of `backend-probe.ts`. Its argument is a `ThreadsOptions` in JSON.

export interface ProbeResult {
  /** Why the backend is unavailable; missing if it has passed the self-test. */
  readonly reason?: string;
}

// When the service has ended. An ordinary exit would wait for a thread that hangs.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const result = await new BackendThreads(JSON.parse(process.argv[2]!) as ThreadsOptions).warmUp().then(
  (): ProbeResult => ({}),
  (error: unknown): ProbeResult => ({ reason: error instanceof Error ? error.message : String(error) }),
);
process.send?.(result);
