import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  acceptedType,
  type BodyLimits,
  BYTES_TYPE,
  bodyOf,
  CODECS,
  contentType,
  JSON_TYPE,
  MEDIA_TYPES,
  type MediaType,
  SAFETENSORS_TYPE,
} from '../media-types.ts';
import { EXAMPLE_RESPONSE } from '../openapi/focal-loss-example.ts';
import { jsonResponse, problemResponses, schemaRef, withContent } from '../openapi/response-descriptions.ts';
import { type RequestHandler, sendBytes } from '../request-handler.ts';

const operation = {
  operationId: 'computeFocalLoss',
  summary: 'Loss, gradients and breakdown of one batch',
  description:
    'FL(p_t) = −α_t (1 − p_t)^γ log p_t (Lin et al. 2017), with its gradients with respect to the predictions and a ' +
    'per-class breakdown that shows where the loss comes from.',
  tags: ['loss'],
  body: {
    content: {
      [JSON_TYPE]: { schema: schemaRef('FocalLossRequest') },
      [SAFETENSORS_TYPE]: { schema: schemaRef('FocalLossRequestFile') },
      [BYTES_TYPE]: { schema: schemaRef('FocalLossRequestFile') },
    },
  },
  response: {
    200: withContent(
      jsonResponse(
        'The evaluated batch, in the format that `Accept` names, else in that of the request.',
        'FocalLossResponse',
        'Two samples of three classes',
        EXAMPLE_RESPONSE,
      ),
      {
        [SAFETENSORS_TYPE]: { schema: schemaRef('FocalLossResponseFile') },
        [BYTES_TYPE]: { schema: schemaRef('FocalLossResponseFile') },
      },
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

/** `POST /v1/focal-loss`: one batch in, its loss, gradients and breakdown out. */
export function registerFocalLoss(app: FastifyInstance, handler: RequestHandler, limits: BodyLimits): void {
  app.post(
    '/v1/focal-loss',
    {
      schema: operation,
      onRequest: async (request) => {
        handler.checkCapacity();
        typesOf(request);
      },
    },
    async (request, reply) => {
      const { content, accepted } = typesOf(request);
      const { bytes } = await handler.evaluate(request, reply, {
        ...bodyOf(content, limits),
        requestCodec: CODECS[content],
        responseCodec: CODECS[accepted],
      });
      return sendBytes(reply, accepted, bytes);
    },
  );
}

/** @throws {ServiceError} `unsupported_media_type` or `not_acceptable` */
function typesOf(request: FastifyRequest): { readonly content: MediaType; readonly accepted: MediaType } {
  const content = contentType(request);
  // A client that accepts anything gets the format that it sent.
  return { content, accepted: acceptedType(request, [content, ...MEDIA_TYPES]) };
}
