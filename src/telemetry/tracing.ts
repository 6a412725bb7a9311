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
// load, so `main.ts` imports this file only where a collector is named.

/** How long a collector that does not answer may hold up the end of the process. */
const FLUSH_MS = 2000;

export interface Tracing {
  readonly requests: RequestTracer;
  /** Sends what has not been sent yet. */
  stop(): Promise<void>;
}

/** Traces go by OTLP over HTTP, as JSON, in batches behind the requests' backs. */
export function startTracing(logger: FastifyBaseLogger): Tracing {
  setGlobalErrorHandler(() => {}); // It would hear of each failed export; these are told of below.
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
    spanProcessors: [new BatchSpanProcessor(reporting(new OTLPTraceExporter(), logger))],
  });
  return {
    requests: new RequestTracer(provider.getTracer('focal-loss-service', SERVICE_VERSION)),
    async stop() {
      const flushed = provider.shutdown().catch(() => {}); // What failed has been told of.
      let timer: NodeJS.Timeout | undefined;
      const tooLate = new Promise<void>((resolve) => {
        timer = setTimeout(() => {
          logger.warn('the last traces could not be exported in time');
          resolve();
        }, FLUSH_MS);
      });
      await Promise.race([flushed, tooLate]);
      clearTimeout(timer);
    },
  };
}

/** Logs when traces stop to arrive and when they arrive again, and not each time that they do not. */
function reporting(exporter: SpanExporter, logger: FastifyBaseLogger): SpanExporter {
  let arriving = true;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const arrived = result.code === ExportResultCode.SUCCESS;
        if (arriving && !arrived) logger.warn({ err: result.error }, 'traces can not be exported, and are dropped');
        if (!arriving && arrived) logger.info('traces are exported again');
        arriving = arrived;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}
