import type { FastifyInstance } from 'fastify';
import { sweepCodec } from '../../codecs/sweep/sweep-codec.ts';
import { registerEvaluation } from '../evaluation-route.ts';
import { acceptedType, type BodyLimits, bodyOf, CODECS, contentType, JSON_TYPE } from '../media-types.ts';
import { batchBody, EVALUATION_ERRORS, jsonResponse, problemResponses } from '../openapi/response-descriptions.ts';
import { EXAMPLE_SWEEP_RESPONSE } from '../openapi/sweep-example.ts';
import type { RequestHandler } from '../request-handler.ts';
import { sendBytes } from '../send-bytes.ts';

const operation = {
  operationId: 'sweepFocalLoss',
  summary: 'One batch under many gammas and alphas, summarised',
  description:
    'Evaluates a batch with every pair of a gamma and an alpha, and reports for each pair the loss and its distribution ' +
    'over positives and negatives, classes and examples. The batch is sent, decoded and uploaded once.',
  tags: ['loss'],
  body: batchBody({ json: 'SweepRequest', safetensors: 'SweepRequestFile', npz: 'SweepRequestNpz' }),
  response: {
    200: jsonResponse(
      'The pairs, always as JSON.',
      'SweepResponse',
      'Two samples of three classes',
      EXAMPLE_SWEEP_RESPONSE,
    ),
    ...problemResponses(...EVALUATION_ERRORS, 'not_acceptable'),
  },
};

/** `POST /v1/focal-loss/sweep`: one batch in, a summary for each pair of γ and α out. */
export function registerSweep(app: FastifyInstance, handler: RequestHandler, limits: BodyLimits): void {
  registerEvaluation(app, handler, {
    path: '/v1/focal-loss/sweep',
    schema: operation,
    negotiate(request) {
      const content = contentType(request);
      const accepted = acceptedType(request, [JSON_TYPE]);
      const codec = sweepCodec(CODECS[content]);
      return {
        ...bodyOf(content, limits),
        requestCodec: codec,
        responseCodec: codec,
        send: (reply, { bytes }) => sendBytes(reply, accepted, bytes),
      };
    },
  });
}
