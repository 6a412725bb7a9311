import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { DecodedRequest } from '../codecs/codec.ts';
import type { ProtocolAdapter, RequestHandler } from './request-handler.ts';

/** A route that evaluates batches. */
export interface EvaluationRoute<Request extends DecodedRequest> {
  readonly path: string;
  readonly schema: object;
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
  { path, schema, negotiate }: EvaluationRoute<Request>,
): void {
  const adapters = new WeakMap<FastifyRequest, ProtocolAdapter<Request>>();
  const onRequest: onRequestHookHandler = (request, _reply, done) => {
    handler.checkCapacity();
    adapters.set(request, negotiate(request));
    done();
  };
  app.post(path, { schema, onRequest }, async (request, reply) => {
    const adapter = adapters.get(request)!;
    return adapter.send(reply, await handler.evaluate(request, reply, adapter));
  });
}
