import type { FastifyInstance } from 'fastify';
import { registerEvaluation } from '../evaluation-route.ts';
import { acceptedType, type BodyLimits, bodyOf, CODECS, contentType, MEDIA_TYPES } from '../media-types.ts';
import { EXAMPLE_RESPONSE } from '../openapi/focal-loss-example.ts';
import {
  batchBody,
  EVALUATION_ERRORS,
  fileContent,
  jsonResponse,
  problemResponses,
  withContent,
} from '../openapi/response-descriptions.ts';
import type { RequestHandler } from '../request-handler.ts';
import { sendBytes } from '../send-bytes.ts';

const operation = {
  operationId: 'computeFocalLoss',
  summary: 'Loss, gradients and breakdown of one batch',
  description:
    'FL(p_t) = −α_t (1 − p_t)^γ log p_t (Lin et al. 2017), with its gradients with respect to the predictions and a ' +
    'per-class breakdown that shows where the loss comes from.',
  tags: ['loss'],
  body: batchBody({ json: 'FocalLossRequest', safetensors: 'FocalLossRequestFile', npz: 'FocalLossRequestNpz' }),
  response: {
    200: withContent(
      jsonResponse(
        'The evaluated batch, in the format that `Accept` names, else in that of the request.',
        'FocalLossResponse',
        'Two samples of three classes',
        EXAMPLE_RESPONSE,
      ),
      fileContent({ safetensors: 'FocalLossResponseFile', npz: 'FocalLossResponseNpz' }),
    ),
    ...problemResponses(...EVALUATION_ERRORS, 'not_acceptable'),
  },
};

/** `POST /v1/focal-loss`: one batch in, its loss, gradients and breakdown out. */
export function registerFocalLoss(app: FastifyInstance, handler: RequestHandler, limits: BodyLimits): void {
  registerEvaluation(app, handler, {
    path: '/v1/focal-loss',
    schema: operation,
    negotiate(request) {
      const content = contentType(request);
      // A client that accepts anything gets the format that it sent.
      const accepted = acceptedType(request, [content, ...MEDIA_TYPES]);
      return {
        ...bodyOf(content, limits),
        requestCodec: CODECS[content],
        responseCodec: CODECS[accepted],
        send: (reply, { bytes }) => sendBytes(reply, accepted, bytes),
      };
    },
  });
}
