import type { FastifyInstance } from 'fastify';
import { sweepCodec } from '../../codecs/sweep/sweep-codec.ts';
import {
  acceptedType,
  type BodyLimits,
  BYTES_TYPE,
  bodyOf,
  CODECS,
  contentType,
  JSON_TYPE,
  SAFETENSORS_TYPE,
} from '../media-types.ts';
import { jsonResponse, problemResponses, schemaRef } from '../openapi/response-descriptions.ts';
import { EXAMPLE_SWEEP_RESPONSE } from '../openapi/sweep-example.ts';
import { type RequestHandler, sendBytes } from '../request-handler.ts';

const operation = {
  operationId: 'sweepFocalLoss',
  summary: 'One batch under many gammas and alphas, summarised',
  description:
    'Evaluates a batch with every pair of a gamma and an alpha, and says of each what the loss is, and who has it: ' +
    'positives or negatives, which classes, how many examples. The batch is sent, decoded and uploaded once.',
  tags: ['loss'],
  body: {
    content: {
      [JSON_TYPE]: { schema: schemaRef('SweepRequest') },
      [SAFETENSORS_TYPE]: { schema: schemaRef('SweepRequestFile') },
      [BYTES_TYPE]: { schema: schemaRef('SweepRequestFile') },
    },
  },
  response: {
    200: jsonResponse(
      'The pairs, always as JSON.',
      'SweepResponse',
      'Two samples of three classes',
      EXAMPLE_SWEEP_RESPONSE,
    ),
    ...problemResponses(
      'malformed_body',
      'unauthorized',
      'not_acceptable',
      'body_too_large',
      'unsupported_media_type',
      'invalid_request',
      'queue_full',
      'memory_exhausted',
      'internal',
      'not_ready',
      'shutting_down',
      'engine_unavailable',
      'deadline_exceeded',
    ),
  },
};

/** `POST /v1/focal-loss/sweep`: one batch in, a summary for each of many settings out. */
export function registerSweep(app: FastifyInstance, handler: RequestHandler, limits: BodyLimits): void {
  app.post(
    '/v1/focal-loss/sweep',
    {
      schema: operation,
      onRequest: async (request) => {
        handler.checkCapacity();
        contentType(request);
        acceptedType(request, [JSON_TYPE]);
      },
    },
    async (request, reply) => {
      const type = contentType(request);
      const codec = sweepCodec(CODECS[type]);
      const { bytes } = await handler.evaluate(request, reply, {
        ...bodyOf(type, limits),
        requestCodec: codec,
        responseCodec: codec,
      });
      return sendBytes(reply, JSON_TYPE, bytes);
    },
  );
}
