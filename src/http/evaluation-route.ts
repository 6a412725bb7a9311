import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { DecodedRequest } from '../codecs/codec.ts';
import type { InferenceStatistics } from '../telemetry/inference-statistics.ts';
import type { ProtocolAdapter, RequestHandler } from './request-handler.ts';

/** A route that evaluates batches. */
export interface EvaluationRoute<Request extends DecodedRequest> {
  readonly path: string;
  readonly schema: object;
  /** Counts the route's requests, also those that are rejected before their body is read. */
  readonly statistics?: InferenceStatistics;
  /**
   * Reads what the headers say of the body and the response.
   *
   * @throws {ServiceError} `unsupported_media_type`, `not_acceptable`, `malformed_body` or `body_too_large`
   */
  negotiate(request: FastifyRequest): ProtocolAdapter<Request>;
}

/** Registers a route whose requests are checked, once, before their body is read. */
export function registerEvaluation<Request extends DecodedRequest>(
  app: FastifyInstance,
  handler: RequestHandler,
  { path, schema, statistics, negotiate }: EvaluationRoute<Request>,
): void {
  const adapters = new WeakMap<FastifyRequest, ProtocolAdapter<Request>>();
  const onRequest: onRequestHookHandler = (request, reply, done) => {
    statistics?.track(request, reply);
    handler.checkCapacity();
    adapters.set(request, negotiate(request));
    done();
  };
  app.post(path, { schema, onRequest }, async (request, reply) => {
    const adapter = adapters.get(request)!;
    return adapter.send(reply, await handler.evaluate(request, reply, adapter));
  });
}
