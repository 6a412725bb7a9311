import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MODEL_METADATA, MODEL_NAME, MODEL_VERSION } from '../../codecs/open-inference/inference-model.ts';
import { openInferenceCodec } from '../../codecs/open-inference/open-inference-codec.ts';
import { ServiceError } from '../../core/service-error.ts';
import { SERVICE_VERSION } from '../../core/version.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { inferOperation, metadataOperation, probeOperation } from '../openapi/open-inference-operations.ts';
import { type RequestHandler, sendBytes } from '../request-handler.ts';
import { checkReady } from './health.ts';

// The Open Inference Protocol, which KServe and Triton clients speak:
// https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md

const JSON_LENGTH_HEADER = 'inference-header-content-length';

const SERVER_METADATA = {
  name: 'focal-loss-service',
  version: SERVICE_VERSION,
  extensions: ['binary_tensor_data'],
};

interface Parts {
  readonly engine: Engine;
  readonly lifecycle: Lifecycle;
  readonly handler: RequestHandler;
  readonly limits: { readonly maxJsonBytes: number; readonly maxBodyBytes: number };
}

/** All of `/v2`. The model has one version: with or without it, paths mean the same. */
export function registerOpenInference(app: FastifyInstance, { engine, lifecycle, handler, limits }: Parts): void {
  app.get('/v2', { schema: metadataOperation('server', SERVER_METADATA) }, async () => SERVER_METADATA);
  app.get(
    '/v2/health/live',
    { schema: probeOperation('live', { live: true }), config: { public: true } },
    async () => ({ live: true }),
  );
  app.get(
    '/v2/health/ready',
    { schema: probeOperation('ready', { ready: true }), config: { public: true } },
    async () => {
      checkReady(engine, lifecycle);
      return { ready: true };
    },
  );

  for (const version of ['', `/versions/${MODEL_VERSION}`]) {
    const path = `/v2/models/${MODEL_NAME}${version}`;
    const modelReady = { name: MODEL_NAME, ready: true };
    app.get(path, { schema: metadataOperation('model', MODEL_METADATA, version) }, async () => MODEL_METADATA);
    app.get(
      `${path}/ready`,
      { schema: probeOperation('modelReady', modelReady, version), config: { public: true } },
      async () => {
        checkReady(engine, lifecycle);
        return modelReady;
      },
    );
    app.post(
      `${path}/infer`,
      {
        schema: inferOperation(version),
        onRequest: async (request) => {
          handler.checkCapacity();
          jsonLengthOf(request, limits.maxJsonBytes);
          // Clients send any or none, and it says nothing. Fastify would refuse one that is not well formed.
          delete request.headers['content-type'];
        },
      },
      async (request, reply) => {
        const jsonBytes = jsonLengthOf(request, limits.maxJsonBytes);
        const response = await handler.evaluate(request, reply, {
          type: jsonBytes === undefined ? 'application/json' : 'application/octet-stream',
          limit: jsonBytes === undefined ? limits.maxJsonBytes : limits.maxBodyBytes,
          jsonBytes,
          requestCodec: openInferenceCodec,
          responseCodec: openInferenceCodec,
        });
        if (response.jsonBytes === undefined) return sendBytes(reply, 'application/json', response.bytes);
        reply.header(JSON_LENGTH_HEADER, response.jsonBytes);
        return sendBytes(reply, 'application/octet-stream', response.bytes);
      },
    );
  }
}

/**
 * How many bytes of the body are JSON; undefined: all of them.
 *
 * @throws {ServiceError} `malformed_body` or `body_too_large`
 */
function jsonLengthOf({ headers }: FastifyRequest, maxJsonBytes: number): number | undefined {
  const given = headers[JSON_LENGTH_HEADER];
  if (given === undefined) return undefined;
  if (typeof given !== 'string' || !/^\d{1,15}$/.test(given)) {
    throw new ServiceError('malformed_body', `expected an Inference-Header-Content-Length in digits, got ${given}`);
  }
  const length = Number(given);
  if (length === 0) {
    throw new ServiceError(
      'malformed_body',
      'expected an Inference-Header-Content-Length > 0, got 0: a body of nothing but binary data is for models of one input',
    );
  }
  if (length > maxJsonBytes) {
    throw new ServiceError('body_too_large', `expected at most ${maxJsonBytes} bytes of JSON, got ${length}`);
  }
  return length;
}
