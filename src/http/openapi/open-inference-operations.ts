import { EXAMPLE_INFERENCE_RESPONSE } from './open-inference-example.ts';
import {
  EVALUATION_ERRORS,
  inferenceProblemResponses,
  jsonResponse,
  schemaRef,
  withContent,
} from './response-descriptions.ts';

// Descriptions of the routes of the Open Inference Protocol. Paths with and without a version mean the same.

/** JSON Schema cannot describe the contents of a binary body, so the text does. */
export const BINARY_INFERENCE_REQUEST = {
  type: 'string',
  format: 'binary',
  description:
    'An `InferenceRequest`, directly followed by the binary data of those inputs that have a `binary_data_size`, in ' +
    'their order and without gaps: little endian, row major.',
};
export const BINARY_INFERENCE_RESPONSE = {
  type: 'string',
  format: 'binary',
  description:
    'An `InferenceResponse`, directly followed by the binary data of those outputs that have a `binary_data_size`, in ' +
    'their order and without gaps: little endian, row major. The length of the JSON is a multiple of 8, which aligns the data.',
};

const JSON_LENGTH = {
  type: 'integer',
  minimum: 1,
  description: 'How many bytes of the body are JSON; binary data follows. Without this header, the whole body is JSON.',
};

export function metadataOperation(of: 'server' | 'model', example: object, version = '') {
  const schema = of === 'server' ? 'ServerMetadata' : 'ModelMetadata';
  return {
    operationId: `get${schema}${suffix(version)}`,
    summary: of === 'server' ? 'Name, version and extensions' : 'Inputs and outputs of the model',
    tags: ['open inference'],
    response: {
      200: jsonResponse('The metadata.', schema, 'The metadata', example),
      ...inferenceProblemResponses('unauthorized', 'internal'),
    },
  };
}

export function probeOperation(probe: 'live' | 'ready' | 'modelReady', example: object, version = '') {
  return {
    operationId: `${probe}Probe${suffix(version)}`,
    summary:
      probe === 'live'
        ? 'Liveness: whether the process responds'
        : 'Readiness: whether to send batches to this replica',
    tags: ['open inference'],
    response: {
      200: jsonResponse('Yes.', 'InferenceProbe', 'Yes', example),
      ...(probe === 'live'
        ? inferenceProblemResponses('internal')
        : inferenceProblemResponses('not_ready', 'shutting_down', 'internal')),
    },
  };
}

export function inferOperation(version: string) {
  const response = jsonResponse(
    'The evaluated batch: JSON, or JSON followed by the outputs that were requested as binary data.',
    'InferenceResponse',
    'Two samples of two classes',
    EXAMPLE_INFERENCE_RESPONSE,
  );
  return {
    operationId: `infer${suffix(version)}`,
    summary: 'Loss, gradients and breakdown of one batch, by the Open Inference Protocol',
    description:
      'Inputs and outputs have the names of `POST /v1/focal-loss`, where they are described. Each input and each output ' +
      'may be binary data after the JSON (`binary_tensor_data`). Any Content-Type is accepted; ' +
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
      ...inferenceProblemResponses(...EVALUATION_ERRORS),
    },
  };
}

function suffix(version: string): string {
  return version === '' ? '' : 'OfVersion';
}
