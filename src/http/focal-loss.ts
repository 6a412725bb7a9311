import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Failure } from '../loss/failure.ts';
import { planJson } from '../wire/json-response.ts';
import { planSafetensors } from '../wire/safetensors-response.ts';
import { type Evaluator, sendBytes } from './evaluator.ts';
import { EXAMPLE_RESPONSE } from './focal-loss-example.ts';
import { answer, problems, schemaRef, withContent } from './operation.ts';

const JSON_TYPE = 'application/json';
const SAFETENSORS_TYPE = 'application/vnd.safetensors';
const BYTES_TYPE = 'application/octet-stream';

const FORMATS = {
  [JSON_TYPE]: { format: 'json', plan: planJson },
  [SAFETENSORS_TYPE]: { format: 'safetensors', plan: planSafetensors },
  [BYTES_TYPE]: { format: 'safetensors', plan: planSafetensors },
} as const;
type MediaType = keyof typeof FORMATS;
const TYPES = Object.keys(FORMATS) as MediaType[];

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
      answer(
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
    ...problems(
      'malformed_body',
      'unauthorized',
      'not_acceptable',
      'body_too_large',
      'unsupported_media_type',
      'invalid_request',
      'queue_full',
      'internal',
      'not_ready',
      'draining',
      'engine_lost',
      'deadline_exceeded',
    ),
  },
};

interface BodyLimits {
  readonly maxJsonBytes: number;
  readonly maxBodyBytes: number;
}

/** `POST /v1/focal-loss`: one batch in, its loss, gradients and breakdown out. */
export function registerFocalLoss(app: FastifyInstance, evaluator: Evaluator, limits: BodyLimits): void {
  app.post(
    '/v1/focal-loss',
    {
      schema: operation,
      onRequest: async (request) => {
        evaluator.admit();
        formatsOf(request);
      },
    },
    async (request, reply) => {
      const { sent, wanted } = formatsOf(request);
      const { bytes } = await evaluator.evaluate(request, reply, {
        type: sent,
        limit: sent === JSON_TYPE ? limits.maxJsonBytes : limits.maxBodyBytes,
        format: { format: FORMATS[sent].format },
        plan: ({ batch }, memory) => FORMATS[wanted].plan(batch, memory),
      });
      return sendBytes(reply, wanted, bytes);
    },
  );
}

/** @throws {Failure} `unsupported_media_type` or `not_acceptable` */
function formatsOf(request: FastifyRequest): { readonly sent: MediaType; readonly wanted: MediaType } {
  const contentType = request.headers['content-type'];
  const [type = ''] = (contentType ?? '').split(';', 1);
  const sent = type.trim().toLowerCase() as MediaType;
  if (!TYPES.includes(sent)) {
    throw new Failure(
      'unsupported_media_type',
      `expected the Content-Type ${TYPES.join(', ')}; got ${contentType ?? 'none'}`,
    );
  }
  // Where a client takes anything, it gets what it sent.
  const wanted = request.accepts().type([sent, ...TYPES]) as MediaType | false;
  if (!wanted) {
    throw new Failure(
      'not_acceptable',
      `expected an Accept header that allows ${TYPES.join(', ')}; got ${request.headers.accept}`,
    );
  }
  return { sent, wanted };
}
