import { EXAMPLE_INFERENCE_RESPONSE } from './open-inference-example.ts';
import { answer, inferenceProblems, schemaRef, withContent } from './operation.ts';

// How the routes of the Open Inference Protocol describe themselves. Paths that name the version mean the same.

/** JSON Schema has no words for what is in a body of bytes: it is told in the descriptions. */
export const BINARY_INFERENCE_REQUEST = {
  type: 'string',
  format: 'binary',
  description:
    'An `InferenceRequest`, and right behind it the binary data of those inputs that have a `binary_data_size`, in their ' +
    'order and without gaps: little endian, row major.',
};
export const BINARY_INFERENCE_RESPONSE = {
  type: 'string',
  format: 'binary',
  description:
    'An `InferenceResponse`, and right behind it the binary data of those outputs that have a `binary_data_size`, in ' +
    'their order and without gaps: little endian, row major. The JSON is as long as a multiple of 8, so that all are aligned.',
};

const JSON_LENGTH = {
  type: 'integer',
  minimum: 1,
  description: 'How many bytes of the body are JSON; binary data follows. Without it all of the body is JSON.',
};

export function metadataOperation(of: 'server' | 'model', example: object, version = '') {
  const schema = of === 'server' ? 'ServerMetadata' : 'ModelMetadata';
  return {
    operationId: `get${schema}${suffix(version)}`,
    summary: of === 'server' ? 'Name, version and extensions' : 'What the model takes and gives',
    tags: ['open inference'],
    response: {
      200: answer('It is this.', schema, 'As it is', example),
      ...inferenceProblems('unauthorized', 'internal'),
    },
  };
}

export function probeOperation(probe: 'live' | 'ready' | 'modelReady', example: object, version = '') {
  return {
    operationId: `${probe}Probe${suffix(version)}`,
    summary: probe === 'live' ? 'Whether the process answers at all' : 'Whether to send batches here',
    tags: ['open inference'],
    response: {
      200: answer('Yes.', 'InferenceProbe', 'Yes', example),
      ...(probe === 'live'
        ? inferenceProblems('internal')
        : inferenceProblems('not_ready', 'shutting_down', 'internal')),
    },
  };
}

export function inferOperation(version: string) {
  const response = answer(
    'The evaluated batch: JSON, or JSON and behind it the outputs that were wanted as binary data.',
    'InferenceResponse',
    'Two samples of two classes',
    EXAMPLE_INFERENCE_RESPONSE,
  );
  return {
    operationId: `infer${suffix(version)}`,
    summary: 'Loss, gradients and breakdown of one batch, by the Open Inference Protocol',
    description:
      'Inputs and outputs are named as in `POST /v1/focal-loss`, which see. Inputs may come, and outputs go, as binary ' +
      'data behind the JSON (`binary_tensor_data`), each on its own. Any Content-Type is taken; ' +
      '`Inference-Header-Content-Length` says where the JSON ends.',
    tags: ['open inference'],
    headers: { type: 'object', properties: { 'Inference-Header-Content-Length': JSON_LENGTH } },
    body: {
      content: {
        'application/json': { schema: schemaRef('InferenceRequest') },
        'application/octet-stream': { schema: schemaRef('BinaryInferenceRequest') },
      },
    },
    response: {
      200: withContent(
        { ...response, headers: { ...response.headers, 'Inference-Header-Content-Length': JSON_LENGTH } },
        { 'application/octet-stream': { schema: schemaRef('BinaryInferenceResponse') } },
      ),
      ...inferenceProblems(
        'malformed_body',
        'unauthorized',
        'invalid_request',
        'body_too_large',
        'unsupported_media_type',
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
}

function suffix(version: string): string {
  return version === '' ? '' : 'OfVersion';
}
