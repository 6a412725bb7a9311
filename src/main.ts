import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { buildApp } from './app.ts';
import { type Config, helpText, listenOptions, loadConfig } from './config.ts';
import { SettingsError } from './core/settings-error.ts';
import { waitForExit } from './core/thread-registry.ts';
import { SERVICE_VERSION } from './core/version.ts';
import type { Engine } from './engine/engine.ts';
import { startEngine } from './engine/engine-pool.ts';
import { Lifecycle } from './http/lifecycle.ts';
import { openApiKeys } from './http/plugins/api-key-file.ts';
import { LogSink } from './telemetry/log-sink.ts';
import { createLogger } from './telemetry/logger.ts';
import type { Tracing } from './telemetry/tracing.ts';

/** How long the exit waits for whoever reads the log. */
const LOG_PATIENCE_MS = 1000;
/** How long it waits for threads to end: they take milliseconds. */
const THREADS_PATIENCE_MS = 5000;

// The process: settings → engine → app → listen → drain.

try {
  const config = loadConfig(process.argv.slice(2), process.env);
  if (config === 'help') process.stdout.write(helpText());
  else if (config === 'version') process.stdout.write(`${SERVICE_VERSION}\n`);
  else await serve(config);
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

async function serve(config: Config): Promise<void> {
  const log = new LogSink(process.stdout.fd);
  const logger = createLogger(config.logLevel, log);
  const apiKeys = openApiKeys(config, logger); // Without keys that were requested, nothing is to start.
  const lifecycle = new Lifecycle();
  // Before anything slow: a signal while the engine warms must end the process as well.
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });

  const tracing = await startTracingIfWanted(logger);
  const engine = startEngine({ engine: config.engine, threads: config.engineThreads, queueLimit: config.queueLimit });
  const endThreads = () => endEngine(engine, logger, log);
  const app = await buildApp({ config, engine, logger, lifecycle, apiKeys, tracer: tracing?.requests });
  try {
    // Listening starts before the engine is warm: liveness answers at once, readiness when it is true.
    await app.listen({ ...listenOptions(config), listenTextResolver: (address) => `listening at ${address}` });
    const info = await Promise.race([engine.ready, stopped]);
    if (typeof info === 'object') {
      const { name, device, threads, warmUpMs, skipped } = info;
      logger.info({ engine: name, device, threads, skipped: skipped, warm_up_ms: Math.round(warmUpMs) }, 'ready');
    }
  } catch (error) {
    logger.fatal({ err: error }, 'could not start');
    await app.close();
    process.exitCode = 1;
    await endThreads();
    return;
  }

  const stop = await Promise.race([stopped, engine.failed]);
  if (stop instanceof Error) {
    logger.fatal({ err: stop }, 'the engine keeps dying');
    void app.close(); // Ends the codec threads, too. The connections are not waited for.
    await tracing?.stop();
    await endThreads();
    process.exit(1); // Whoever supervises the process starts another.
  }
  logger.info({ signal: stop, delay_ms: config.drainDelayMs }, 'shutting_down');
  lifecycle.drain();
  await sleep(config.drainDelayMs);
  await arrivedRequestsRead();
  lifecycle.close();
  // A caller that does not read its answer can't hold up the exit any longer than one that was never answered.
  await Promise.race([lifecycle.drained(), sleep(config.requestTimeoutMs, undefined, { ref: false })]);
  await app.close();
  await endThreads();
  await tracing?.stop();
  logger.info('stopped');
  if (!tracing) return;
  // It would live on for as long as a collector that does not answer is tried.
  await Promise.race([log.written(), sleep(LOG_PATIENCE_MS)]);
  process.exit();
}

/** Node waits for its threads before it exits; one that hangs in native code would keep it for ever. */
async function endEngine(engine: Engine, logger: FastifyBaseLogger, log: LogSink): Promise<void> {
  await engine.close();
  const threads = await waitForExit(THREADS_PATIENCE_MS);
  if (threads === 0) return;
  logger.error({ threads }, 'engine threads hang in native code: the process is killed');
  await Promise.race([log.written(), sleep(LOG_PATIENCE_MS)]);
  process.kill(process.pid, 'SIGKILL');
}

/** OpenTelemetry is loaded only where its own settings name a collector. */
async function startTracingIfWanted(logger: FastifyBaseLogger): Promise<Tracing | undefined> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_SDK_DISABLED } = process.env;
  if (!(OTEL_EXPORTER_OTLP_ENDPOINT || OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) || OTEL_SDK_DISABLED === 'true') return;
  return (await import('./telemetry/tracing.ts')).startTracing(logger);
}

/**
 * A turn of the event loop runs timers before it reads sockets: while the process is busy, requests that came long ago
 * may still lie there unread, and their connections would be closed as idle. It takes a turn to accept a connection,
 * and another to read from it.
 */
async function arrivedRequestsRead(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await nextTurn();
}
