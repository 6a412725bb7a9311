import { setTimeout as sleep } from 'node:timers/promises';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { ExportResultCode, setGlobalErrorHandler } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import type { FastifyBaseLogger } from 'fastify';
import { SERVICE_VERSION } from '../core/version.ts';
import { RequestTracer } from './request-tracer.ts';

// OpenTelemetry's SDK, set up by its own environment variables. It takes 0.1 s and 15 MB of memory to
// load, so `main.ts` imports this file only if a collector is configured.

/** How long the exit waits for a collector that does not respond. */
const FLUSH_TIMEOUT_MS = 2000;

export interface Tracing {
  readonly requestTracer: RequestTracer;
  /** Exports the spans that are still waiting. */
  stop(): Promise<void>;
}

/** Exports traces by OTLP over HTTP, as JSON, in batches; no request waits for it. */
export function startTracing(logger: FastifyBaseLogger): Tracing {
  setGlobalErrorHandler(() => {}); // It would report every failed export; `logChanges` below logs the first.
  diag.setLogger(
    {
      error: (message) => logger.error(message),
      warn: (message) => logger.warn(message),
      info: () => {},
      debug: () => {},
      verbose: () => {},
    },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const service = resourceFromAttributes({
    [ATTR_SERVICE_NAME]: 'focal-loss-service',
    [ATTR_SERVICE_VERSION]: SERVICE_VERSION,
  });
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(service)
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(logChanges(new OTLPTraceExporter(), logger))],
  });
  return {
    requestTracer: new RequestTracer(provider.getTracer('focal-loss-service', SERVICE_VERSION)),
    async stop() {
      const flushed = provider.shutdown().catch(() => {}); // The failure has been logged.
      const late = Symbol();
      const first = await Promise.race([flushed, sleep(FLUSH_TIMEOUT_MS, late, { ref: false })]);
      if (first === late) logger.warn('the last traces could not be exported in time');
    },
  };
}

/** Logs when exports start to fail and when they work again, not each failure. */
function logChanges(exporter: SpanExporter, logger: FastifyBaseLogger): SpanExporter {
  let working = true;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const succeeded = result.code === ExportResultCode.SUCCESS;
        if (working && !succeeded) logger.warn({ err: result.error }, 'traces can not be exported and are dropped');
        if (!working && succeeded) logger.info('traces are exported again');
        working = succeeded;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}
