import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { EncodedResponse } from '../../codecs/codec.ts';
import { MODEL_METADATA, MODEL_NAME, MODEL_VERSION } from '../../codecs/open-inference/inference-model.ts';
import { MODEL_CONFIG } from '../../codecs/open-inference/model-config.ts';
import { openInferenceCodec } from '../../codecs/open-inference/open-inference-codec.ts';
import { ServiceError } from '../../core/service-error.ts';
import type { RegionStore } from '../../core/shared-memory/region-store.ts';
import { shorten } from '../../core/shorten.ts';
import { SERVICE_VERSION } from '../../core/version.ts';
import type { Engine } from '../../engine/engine.ts';
import type { InferenceStatistics } from '../../telemetry/inference-statistics.ts';
import { registerEvaluation } from '../evaluation-route.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { type BodyLimits, BYTES_TYPE, JSON_TYPE, LONG_BINARY } from '../media-types.ts';
import { configOperation } from '../openapi/model-operations.ts';
import { inferOperation, metadataOperation, probeOperation } from '../openapi/open-inference-operations.ts';
import type { RequestHandler } from '../request-handler.ts';
import { sendBytes } from '../send-bytes.ts';
import { checkReady } from './health.ts';

// The Open Inference Protocol, which KServe and Triton clients speak:
// https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md

const JSON_LENGTH_HEADER = 'inference-header-content-length';

/** What to do about JSON that is too long. */
const LONG_JSON =
  '; raise MAX_JSON_BYTES, or send the tensors as binary data (Inference-Header-Content-Length), which may have MAX_BODY_BYTES';

/** As the documentation shows it. */
const SERVER_METADATA = {
  name: 'focal-loss-service',
  version: SERVICE_VERSION,
  extensions: ['binary_tensor_data', 'statistics', 'model_configuration', 'model_repository'],
};

interface Parts {
  readonly engine: Engine;
  readonly lifecycle: Lifecycle;
  readonly handler: RequestHandler;
  readonly limits: BodyLimits;
  /** Undefined: SHARED_MEMORY is off. */
  readonly regions: RegionStore | undefined;
  readonly statistics: InferenceStatistics;
}

/** The protocol itself. The model has one version: with or without it, paths mean the same. */
export function registerOpenInference(
  app: FastifyInstance,
  { engine, lifecycle, handler, limits, regions, statistics }: Parts,
): void {
  const extensions = [...SERVER_METADATA.extensions, ...(regions ? ['system_shared_memory'] : [])];
  app.get('/v2', { schema: metadataOperation('server', SERVER_METADATA) }, async () => ({
    ...SERVER_METADATA,
    extensions,
  }));
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
    app.get(`${path}/config`, { schema: configOperation(version) }, async () => MODEL_CONFIG);
    app.get(
      `${path}/ready`,
      { schema: probeOperation('modelReady', modelReady, version), config: { public: true } },
      async () => {
        checkReady(engine, lifecycle);
        return modelReady;
      },
    );
    registerEvaluation(app, handler, {
      path: `${path}/infer`,
      schema: inferOperation(version),
      statistics,
      negotiate(request) {
        // Clients send any Content-Type or none, and it means nothing. Fastify would reject one that is not well formed.
        delete request.headers['content-type'];
        const jsonBytes = jsonLengthOf(request, limits.maxJsonBytes);
        return {
          type: jsonBytes === undefined ? JSON_TYPE : BYTES_TYPE,
          limit: jsonBytes === undefined ? limits.maxJsonBytes : limits.maxBodyBytes,
          cure: jsonBytes === undefined ? LONG_JSON : LONG_BINARY,
          jsonBytes,
          regions,
          requestCodec: openInferenceCodec,
          responseCodec: openInferenceCodec,
          send: sendInference,
        };
      },
    });
  }
}

function sendInference(reply: FastifyReply, { bytes, jsonBytes }: EncodedResponse): FastifyReply {
  if (jsonBytes === undefined) return sendBytes(reply, JSON_TYPE, bytes);
  reply.header(JSON_LENGTH_HEADER, jsonBytes);
  return sendBytes(reply, BYTES_TYPE, bytes);
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
    throw new ServiceError(
      'malformed_body',
      `expected an Inference-Header-Content-Length in digits, got ${shorten(String(given))}`,
    );
  }
  const length = Number(given);
  if (length === 0) {
    throw new ServiceError(
      'malformed_body',
      'expected an Inference-Header-Content-Length > 0, got 0: a body of nothing but binary data is for models of one input',
    );
  }
  if (length > maxJsonBytes) {
    throw new ServiceError(
      'body_too_large',
      `expected at most ${maxJsonBytes} bytes of JSON, got ${length}${LONG_JSON}`,
    );
  }
  return length;
}
