import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type { Config } from './config.ts';
import { waitForExit } from './core/thread-registry.ts';
import type { Engine } from './engine/engine.ts';
import type { Lifecycle } from './http/lifecycle.ts';
import type { LogSink } from './telemetry/log-sink.ts';

/** How long the exit waits for the reader of the log. */
const LOG_TIMEOUT_MS = 1000;
/** How long the exit waits for threads, which usually end within milliseconds. */
const THREADS_TIMEOUT_MS = 5000;

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
  const uploadsTimer = setTimeout(() => lifecycle.rejectUploads(), UPLOADS_TIMEOUT_MS);
  await Promise.race([lifecycle.drained(), sleep(config.requestTimeoutMs, undefined, { ref: false })]);
  clearTimeout(uploadsTimer);
  lifecycle.rejectUploads();
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

/** Ends the engine's threads, or kills the process: Node waits for its threads, even for one that hangs in native code. */
export async function closeEngine(engine: Engine, logger: FastifyBaseLogger, logSink: LogSink): Promise<void> {
  await engine.close();
  const threads = await waitForExit(THREADS_TIMEOUT_MS);
  if (threads === 0) return;
  logger.error({ threads }, 'engine threads hang in native code; killing the process');
  await flushLog(logSink);
  process.kill(process.pid, 'SIGKILL');
}

/** Waits until the log is written, within limits. */
export async function flushLog(logSink: LogSink): Promise<void> {
  await Promise.race([logSink.drained(), sleep(LOG_TIMEOUT_MS)]);
}
