import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { buildApp } from './app.ts';
import { type Config, helpText, listenOptions, loadConfig } from './config.ts';
import { SettingsError } from './core/settings-error.ts';
import { SERVICE_VERSION } from './core/version.ts';
import type { EngineInfo } from './engine/engine.ts';
import { startEngine } from './engine/engine-pool.ts';
import { loadApiKeys } from './http/api-key-file.ts';
import { Lifecycle } from './http/lifecycle.ts';
import { closeEngine, drainRequests, flushLog } from './shutdown.ts';
import { LogSink } from './telemetry/log-sink.ts';
import { createLogger } from './telemetry/logger.ts';
import type { Tracing } from './telemetry/tracing.ts';
import { wantsTraces } from './telemetry/tracing-settings.ts';

// The process: settings → telemetry → engine → app → listen → wait → drain → stop.

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
  const logSink = new LogSink(process.stdout.fd);
  const logger = createLogger(config.logLevel, logSink);
  const apiKeys = loadApiKeys(config, logger); // Before anything else: without its keys the service must not start.
  const stopSignal = nextStopSignal(); // Before the engine starts: a signal during the warm-up ends the process, too.
  const tracing = await startTracing(logger);
  const engine = startEngine({ engine: config.engine, threads: config.engineThreads, queueLimit: config.queueLimit });
  const lifecycle = new Lifecycle();
  const app = await buildApp({ config, engine, logger, lifecycle, apiKeys, tracer: tracing?.requestTracer });

  try {
    await listen(app, config);
    const info = await Promise.race([engine.ready, stopSignal]);
    if (typeof info === 'object') logReady(info, logger);
  } catch (error) {
    logger.fatal({ err: error }, 'could not start');
    process.exitCode = 1;
    await app.close();
    await closeEngine(engine, logger, logSink);
    return;
  }

  const reason = await Promise.race([stopSignal, engine.failed]);
  if (reason instanceof Error) {
    logger.fatal({ err: reason }, 'the engine failed repeatedly');
    void app.close(); // Ends the codec threads, too. The connections are not waited for.
    await tracing?.stop();
    await closeEngine(engine, logger, logSink);
    process.exit(1); // A supervisor restarts the process.
  }

  logger.info({ signal: reason, delay_ms: config.drainDelayMs }, 'shutting down');
  await drainRequests(lifecycle, config);
  await app.close();
  await closeEngine(engine, logger, logSink);
  await tracing?.stop();
  logger.info('stopped');
  if (!tracing) return;
  // The exporter may still try to reach its collector, which would keep the process alive.
  await flushLog(logSink);
  process.exit();
}

function nextStopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}

/** Starts before the engine is warm, so that probes get responses from the beginning. */
async function listen(app: FastifyInstance, config: Config): Promise<void> {
  await app.listen({ ...listenOptions(config), listenTextResolver: (address) => `listening at ${address}` });
}

function logReady({ name, device, threads, warmUpMs, skipped }: EngineInfo, logger: FastifyBaseLogger): void {
  logger.info({ engine: name, device, threads, skipped, warm_up_ms: Math.round(warmUpMs) }, 'ready');
}

/** Loads OpenTelemetry only if its own settings ask for traces. */
async function startTracing(logger: FastifyBaseLogger): Promise<Tracing | undefined> {
  if (!wantsTraces(process.env, logger)) return undefined;
  return (await import('./telemetry/tracing.ts')).startTracing(logger);
}
