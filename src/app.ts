import { randomUUID } from 'node:crypto';
import accepts from '@fastify/accepts';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { Registry } from 'prom-client';
import { CodecPool } from './codecs/codec-pool.ts';
import type { Config } from './config.ts';
import { findSharedMemory } from './core/shared-memory/open-region.ts';
import { RegionJanitor } from './core/shared-memory/region-janitor.ts';
import { RegionStore } from './core/shared-memory/region-store.ts';
import { shorten } from './core/shorten.ts';
import type { Engine } from './engine/engine.ts';
import { loadApiKeys } from './http/api-key-file.ts';
import { Lifecycle } from './http/lifecycle.ts';
import { type ApiKeys, registerAuthentication } from './http/plugins/authentication.ts';
import { handleClientError, registerClientErrors } from './http/plugins/client-errors.ts';
import {
  connectionOptions,
  MAX_REQUEST_HEADER_BYTES,
  registerConnectionLimits,
} from './http/plugins/connection-limits.ts';
import { registerCrossSiteProtection } from './http/plugins/cross-site-protection.ts';
import { registerErrorHandler, sendFrameworkProblem } from './http/plugins/error-handler.ts';
import { registerPipelinedRequests } from './http/plugins/pipelined-requests.ts';
import { registerResponseCompression } from './http/plugins/response-compression.ts';
import { registerSecurityHeaders } from './http/plugins/security-headers.ts';
import { registerBodyPassthrough } from './http/request-body.ts';
import { RequestHandler } from './http/request-handler.ts';
import { registerDocs } from './http/routes/docs.ts';
import { registerEngineInfo } from './http/routes/engine-info.ts';
import { registerExplorer } from './http/routes/explorer.ts';
import { registerFocalLoss } from './http/routes/focal-loss.ts';
import { registerHealth } from './http/routes/health.ts';
import { registerMetrics } from './http/routes/metrics.ts';
import { registerModelRepository } from './http/routes/model-repository.ts';
import { registerModelStatistics } from './http/routes/model-statistics.ts';
import { registerOpenInference } from './http/routes/open-inference.ts';
import { registerSharedMemory } from './http/routes/shared-memory.ts';
import { registerSweep } from './http/routes/sweep.ts';
import { registerEngineMetrics } from './telemetry/engine-metrics.ts';
import { InferenceStatistics } from './telemetry/inference-statistics.ts';
import { requestLog } from './telemetry/request-log.ts';
import { RequestMetrics } from './telemetry/request-metrics.ts';
import { registerRequestOutcome } from './telemetry/request-outcome.ts';
import type { RequestTracer } from './telemetry/request-tracer.ts';

export interface AppDependencies {
  readonly config: Config;
  readonly engine: Engine;
  readonly logger: FastifyBaseLogger;
  /** Shared with the code that shuts the process down. */
  readonly lifecycle?: Lifecycle;
  /** The keys of the settings, if they have been loaded already. */
  readonly apiKeys?: ApiKeys;
  readonly tracer?: RequestTracer | undefined;
  /** Where its metrics go. */
  readonly registry?: Registry;
}

/** A client's request id is used if it has no character that could forge a log line or a header. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Builds the HTTP service. It reads no environment variables and does not listen. */
export async function buildApp({
  config,
  engine,
  logger,
  lifecycle = new Lifecycle(),
  apiKeys: loadedApiKeys,
  tracer,
  registry = new Registry(),
}: AppDependencies): Promise<FastifyInstance> {
  const apiKeys = loadedApiKeys ?? (await loadApiKeys(config, logger));
  const requestMetrics = new RequestMetrics(registry);
  const logRequest = requestLog(logger);
  const observe = (request: FastifyRequest, reply: FastifyReply) => {
    requestMetrics.track(request, reply);
    tracer?.startSpan(request, reply);
    logRequest(request, reply);
  };
  const app = fastify({
    ...connectionOptions(config),
    // Names of regions; longer ones get a response that says how long they may be.
    routerOptions: { maxParamLength: MAX_REQUEST_HEADER_BYTES },
    clientErrorHandler: handleClientError,
    loggerInstance: logger,
    // `logRequest` writes one line per request instead of Fastify's two.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
    return503OnClosing: false, // Fastify's response is not a problem document; the routes reject batches themselves.
    frameworkErrors(error, request, reply) {
      observe(request, reply); // No hook runs for an error before routing.
      return sendFrameworkProblem(error, request, reply);
    },
  });
  // Route schemas are documentation only: the codecs validate requests and write responses.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);

  registerPipelinedRequests(app);
  registerRequestOutcome(app);
  // Hooks that wait for nothing call back: each promise would take a turn, and a tenth of the time of a small request.
  app.addHook('onRequest', (request, reply, done) => {
    observe(request, reply);
    lifecycle.track(reply.raw);
    reply.header('x-request-id', request.id);
    done();
  });
  // Decided when the response is sent, not when its request arrived: the client's next request should reach another replica.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (lifecycle.draining) reply.header('connection', 'close');
    done();
  });

  registerSecurityHeaders(app);
  registerResponseCompression(app, config);
  registerClientErrors(app);
  registerConnectionLimits(app, config);
  registerAuthentication(app, apiKeys);
  // A page has no key to send.
  if (!apiKeys.required) registerCrossSiteProtection(app);
  app.addHook('onClose', async () => apiKeys.close());

  registerBodyPassthrough(app);
  await app.register(accepts);
  registerErrorHandler(app);
  await registerDocs(app);
  await registerExplorer(app);
  registerHealth(app, engine, lifecycle);
  registerEngineInfo(app, engine, config);
  const codec = new CodecPool(config.engineThreads);
  app.addHook('onClose', () => codec.close());
  const handler = new RequestHandler({ engine, codec, lifecycle }, config);
  registerFocalLoss(app, handler, config);
  registerSweep(app, handler, config);
  const regions = config.sharedMemory === 'on' ? new RegionStore(findSharedMemory()) : undefined;
  app.addHook('onClose', async () => regions?.unregisterAll());
  const janitor = regions && startJanitor(app, regions);
  registerEngineMetrics(registry, {
    engine,
    codec,
    regions: () => ({
      count: regions?.count ?? 0,
      openCount: regions?.openCount ?? 0,
      abandoned: janitor?.removed ?? 0,
    }),
    memory: () => handler.memory,
    limits: config,
  });
  registerMetrics(app, registry);
  const statistics = new InferenceStatistics();
  registerOpenInference(app, { engine, lifecycle, handler, limits: config, regions, statistics });
  registerModelStatistics(app, statistics);
  const { minUploadBytesPerSecond } = config;
  registerModelRepository(app, { engine, lifecycle, minUploadBytesPerSecond });
  registerSharedMemory(app, regions, { lifecycle, minUploadBytesPerSecond });
  return app;
}

function startJanitor(app: FastifyInstance, regions: RegionStore): RegionJanitor {
  const janitor = new RegionJanitor(regions, ({ name, key }) => {
    app.log.warn({ region: shorten(name), key }, 'removed a shared memory region whose client is gone');
  });
  janitor.start();
  app.addHook('onClose', async () => janitor.stop());
  return janitor;
}
