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
import type { Engine } from './engine/engine.ts';
import { Lifecycle } from './http/lifecycle.ts';
import { openApiKeys } from './http/plugins/api-key-file.ts';
import type { ApiKeys } from './http/plugins/api-keys.ts';
import { registerAuthentication } from './http/plugins/authentication.ts';
import { handleClientError, registerClientErrors } from './http/plugins/client-errors.ts';
import { connectionOptions, registerConnectionGuards } from './http/plugins/connections.ts';
import { registerErrorHandler, sendFrameworkProblem } from './http/plugins/error-handler.ts';
import { registerSecurityHeaders } from './http/plugins/security-headers.ts';
import { registerBodyPassthrough } from './http/request-body.ts';
import { RequestHandler } from './http/request-handler.ts';
import { registerDocs } from './http/routes/docs.ts';
import { registerEngineInfo } from './http/routes/engine-info.ts';
import { registerExplorer } from './http/routes/explorer.ts';
import { registerFocalLoss } from './http/routes/focal-loss.ts';
import { registerHealth } from './http/routes/health.ts';
import { registerMetrics } from './http/routes/metrics.ts';
import { registerOpenInference } from './http/routes/open-inference.ts';
import { registerSweep } from './http/routes/sweep.ts';
import { registerEngineMetrics } from './telemetry/engine-metrics.ts';
import { registerObservation } from './telemetry/observation.ts';
import { RequestMetrics } from './telemetry/request-metrics.ts';
import type { RequestTracer } from './telemetry/request-tracer.ts';

export interface AppParts {
  readonly config: Config;
  readonly engine: Engine;
  readonly logger: FastifyBaseLogger;
  /** Shared with whoever shuts the process down. */
  readonly lifecycle?: Lifecycle;
  /** Those of the settings, if they were read before. */
  readonly apiKeys?: ApiKeys;
  readonly tracer?: RequestTracer | undefined;
}

/** A caller's request id is used if it could not forge a log line or a header. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Puts the HTTP service together. It reads no environment and does not listen. */
export async function buildApp({
  config,
  engine,
  logger,
  lifecycle = new Lifecycle(),
  apiKeys = openApiKeys(config, logger),
  tracer,
}: AppParts): Promise<FastifyInstance> {
  const registry = new Registry();
  const requestMetrics = new RequestMetrics(registry);
  const watch = (request: FastifyRequest, reply: FastifyReply) => {
    requestMetrics.watch(request, reply);
    tracer?.watch(request, reply);
  };
  const app = fastify({
    ...connectionOptions(config),
    clientErrorHandler: handleClientError,
    loggerInstance: logger,
    // One line per request, written below, instead of two.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
    return503OnClosing: false, // Its answer is not a problem document; the routes refuse by themselves.
    frameworkErrors(error, request, reply) {
      watch(request, reply); // There is no route yet to run hooks for.
      return sendFrameworkProblem(error, request, reply);
    },
  });
  // Route schemas describe; they validate and serialise nothing.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);

  registerObservation(app);
  app.addHook('onRequest', async (request, reply) => {
    watch(request, reply);
    lifecycle.began(reply.raw);
    reply.header('x-request-id', request.id);
  });
  // When it goes out and not when its request came: the caller's next request is to find another replica.
  app.addHook('onSend', async (_request, reply) => {
    if (lifecycle.draining) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, url } = request;
    request.log.info({ method, path: url.split('?')[0], status: reply.statusCode, ms: reply.elapsedTime }, 'request');
  });

  registerSecurityHeaders(app);
  registerClientErrors(app);
  registerConnectionGuards(app, config);
  registerAuthentication(app, apiKeys);
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
  registerEngineMetrics(registry, { engine, codec, memory: () => handler.memory, limits: config });
  registerMetrics(app, registry);
  registerOpenInference(app, { engine, lifecycle, handler, limits: config });
  return app;
}
