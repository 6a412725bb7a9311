import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import { waitForExit } from './core/thread-registry.ts';
import type { Lifecycle } from './http/lifecycle.ts';
import type { LogSink } from './telemetry/log-sink.ts';

/** How long the exit waits for the reader of the log. */
const LOG_TIMEOUT_MS = 1000;
/** How long the exit waits for threads, which usually end within milliseconds. */
const THREADS_TIMEOUT_MS = 5000;
/** How long clients have to read their last response before their connections are closed. */
const LINGER_MS = 1000;

/** How long bodies may go on arriving when new batches are rejected already. */
const UPLOADS_TIMEOUT_MS = 10_000;

/**
 * Lets readiness fail for DRAIN_DELAY_MS, then rejects new batches and waits until the responses in flight are sent. Bodies
 * that are still arriving 10 s later are rejected, so that an upload does not delay the exit by UPLOAD_TIMEOUT_MS.
 *
 * A client that does not read its response delays the exit by at most REQUEST_TIMEOUT_MS.
 */
export async function drainRequests(lifecycle: Lifecycle, config: Config): Promise<void> {
  lifecycle.drain();
  await sleep(config.drainDelayMs);
  await readReceivedRequests();
  lifecycle.close();
  const drained = lifecycle.drained();
  const uploadsMs = Math.min(UPLOADS_TIMEOUT_MS, config.requestTimeoutMs);
  await Promise.race([drained, sleep(uploadsMs, undefined, { ref: false })]);
  lifecycle.rejectUploads();
  await Promise.race([drained, sleep(config.requestTimeoutMs - uploadsMs, undefined, { ref: false })]);
}

/**
 * Lets the event loop read the requests that have arrived, before their connections are closed as idle.
 *
 * The loop runs timers before it reads sockets, so while the process is busy, requests may wait unread for long. It takes
 * one turn to accept a connection and another to read from it.
 */
async function readReceivedRequests(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await nextTurn();
}

/**
 * Closes the app and all of its connections. On its own it closes only idle ones, and would wait for a client that is still
 * sending a request, which no timeout ends any more: Node no longer checks them.
 */
export async function closeApp(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), LINGER_MS);
  await app.close();
  clearTimeout(timer);
}

/** Ends the process, whatever it still waits for: a connection, a timer, or a thread that hangs. */
export async function endProcess(exitCode: number, logger: FastifyBaseLogger, logSink: LogSink): Promise<never> {
  const threads = await waitForExit(THREADS_TIMEOUT_MS);
  if (threads > 0) logger.error({ threads }, 'threads hang in native code or in a system call; killing the process');
  else if (exitCode === 0) logger.info('stopped');
  await flushLog(logSink);
  if (threads > 0 || logSink.blocked) killProcess();
  process.exit(exitCode);
}

/** Ends the process as it stands. `process.exit` would wait for its threads. */
export function killProcess(): never {
  process.kill(process.pid, 'SIGKILL');
  process.abort(); // In a container, the system protects process 1 from its own signals.
}

/** Waits until the log is written, within limits. */
export async function flushLog(logSink: LogSink): Promise<void> {
  await Promise.race([logSink.drained(), sleep(LOG_TIMEOUT_MS)]);
}
