#!/usr/bin/env node
import type { FastifyBaseLogger } from 'fastify';
import type { DestinationStream } from 'pino';
import { buildApp } from './app.ts';
import { availableMemory, type Config, helpText, listenOptions, loadConfig, processBytes } from './config.ts';
import { watchHeap } from './core/heap-watch.ts';
import { SettingsError } from './core/settings-error.ts';
import { endOfLifeWarning } from './core/supported-node.ts';
import { SERVICE_VERSION } from './core/version.ts';
import type { EngineInfo } from './engine/engine.ts';
import { startEngine } from './engine/engine-pool.ts';
import { loadApiKeys } from './http/api-key-file.ts';
import { Lifecycle } from './http/lifecycle.ts';
import { isReachableFromOutside, listen, resolveHost } from './http/listen.ts';
import { closeApp, drainRequests, endProcess, flushLog, killProcess } from './shutdown.ts';
import { nextStopSignal } from './stop-signal.ts';
import { LogSink } from './telemetry/log-sink.ts';
import { createLogger } from './telemetry/logger.ts';
import type { Tracing } from './telemetry/tracing.ts';
import { wantsTraces } from './telemetry/tracing-settings.ts';

// The process: settings → telemetry → engine → app → listen → wait → drain → stop.

try {
  const config = loadConfig(process.argv.slice(2), process.env);
  if (config === 'help') process.stdout.write(helpText());
  else if (config === 'version') process.stdout.write(`${SERVICE_VERSION}\n`);
  else await run(config);
} catch (error) {
  process.exitCode = reportSettingsError(error);
}

async function run(config: Config): Promise<void> {
  const logSink = new LogSink(process.stdout.fd);
  const logger = createLogger(config.logLevel, await destinationOf(logSink));
  // Before the engine starts: a signal during the warm-up ends the process, too.
  const stopSignal = nextStopSignal(async (signal) => {
    logger.warn({ signal }, 'second signal: ending without waiting for requests');
    await flushLog(logSink);
    killProcess();
  });
  watchHeap();
  const warning = endOfLifeWarning(process.versions.node);
  if (warning !== undefined) logger.warn(warning);
  const exitCode = await serve(config, logger, stopSignal).catch(reportSettingsError);
  await endProcess(exitCode, logger, logSink);
}

/**
 * Serves until a signal arrives.
 *
 * @returns the exit code
 * @throws {SettingsError} if the service can't start with these settings
 */
async function serve(config: Config, logger: FastifyBaseLogger, stopSignal: Promise<NodeJS.Signals>): Promise<number> {
  const apiKeys = await loadApiKeys(config, logger); // Before anything else: without its keys the service must not start.
  const address = await resolveHost(listenOptions(config));
  const tracing = await startTracing(logger);
  const engine = startEngine({ engine: config.engine, threads: config.engineThreads, queueLimit: config.queueLimit });
  const lifecycle = new Lifecycle();
  const tracer = tracing?.requestTracer;
  const app = await buildApp({ config, engine, logger, lifecycle, apiKeys, tracer }).catch(async (error) => {
    await engine.close(); // Else its threads, which are still starting, would keep the process.
    throw error;
  });

  try {
    if (isReachableFromOutside(address) && !apiKeys.required) {
      logger.warn(
        address,
        'other machines can reach this service, and no API keys are set: set API_KEYS_FILE or API_KEYS',
      );
    }
    const ownBytes = processBytes(config.engineThreads);
    if (config.memoryBudgetBytes + ownBytes > availableMemory()) {
      logger.warn(
        { memory_budget_bytes: config.memoryBudgetBytes, memory_bytes: availableMemory() },
        `MEMORY_BUDGET_BYTES and ${ownBytes / 2 ** 20} MiB for the process are more than the memory there is: under load the process may be killed`,
      );
    }
    const url = await listen(app, address); // Before the engine is warm, so that probes get responses from the beginning.
    const info = await Promise.race([engine.ready, stopSignal]);
    if (typeof info === 'object') logReady(info, url, logger);
    const reason = await Promise.race([stopSignal, engine.failed]);
    if (reason instanceof Error) {
      logger.fatal({ err: reason }, 'the engine failed repeatedly');
      return 1; // A supervisor restarts the process.
    }
    logger.info({ signal: reason, delay_ms: config.drainDelayMs }, 'shutting down');
    await drainRequests(lifecycle, config);
    return 0;
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    logger.fatal({ err: error }, 'could not start');
    return 1;
  } finally {
    await closeApp(app);
    await engine.close();
    await tracing?.stop();
  }
}

/** @returns the exit code */
function reportSettingsError(error: unknown): number {
  if (!(error instanceof SettingsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  return 2;
}

function logReady(info: EngineInfo, url: string | undefined, logger: FastifyBaseLogger): void {
  const { name, device, threads, warmUpMs, skipped } = info;
  logger.info({ engine: name, device, threads, skipped, warm_up_ms: Math.round(warmUpMs), url }, 'ready');
}

/** On a terminal lines are for people. */
async function destinationOf(logSink: LogSink): Promise<DestinationStream> {
  if (!process.stdout.isTTY) return logSink;
  const { readableLines } = await import('./telemetry/readable-lines.ts');
  return readableLines(logSink, process.stdout.hasColors());
}

/** Loads OpenTelemetry only if its own settings ask for traces. */
async function startTracing(logger: FastifyBaseLogger): Promise<Tracing | undefined> {
  if (!wantsTraces(process.env, logger)) return undefined;
  return (await import('./telemetry/tracing.ts')).startTracing(logger);
}
