import type { ErrorCode } from '../../core/service-error.ts';
import { toInferenceProblem } from '../inference-problem.ts';
import { BYTES_TYPE, JSON_TYPE, NPZ_TYPE, SAFETENSORS_TYPE, ZIP_TYPE } from '../media-types.ts';
import { PROBLEM_TYPE, type Problem, toProblem } from '../problem.ts';
import { EXAMPLE_ERRORS } from './problem-examples.ts';

// Descriptions of bodies and responses for the OpenAPI document. Nothing here validates: the codecs read and check bodies.

/** The named schemas of the document, which `document.ts` defines. */
export type SchemaName =
  | 'FocalLossRequest'
  | 'FocalLossRequestFile'
  | 'FocalLossRequestNpz'
  | 'FocalLossResponse'
  | 'FocalLossResponseFile'
  | 'FocalLossResponseNpz'
  | 'SweepRequest'
  | 'SweepRequestFile'
  | 'SweepRequestNpz'
  | 'SweepResponse'
  | 'EngineInfo'
  | 'Health'
  | 'Problem'
  | 'ServerMetadata'
  | 'ModelMetadata'
  | 'ModelConfig'
  | 'ModelStatistics'
  | 'RepositoryIndexRequest'
  | 'RepositoryIndex'
  | 'InferenceProbe'
  | 'InferenceRequest'
  | 'InferenceResponse'
  | 'BinaryInferenceRequest'
  | 'BinaryInferenceResponse'
  | 'InferenceProblem'
  | 'SharedMemoryRegion'
  | 'SharedMemoryStatus';

export function schemaRef(name: SchemaName): { $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

interface MediaDescription {
  schema: unknown;
  examples?: Record<string, { summary: string; value: unknown }>;
}

interface ResponseDescription {
  description: string;
  headers: Record<string, unknown>;
  content?: Record<string, MediaDescription>;
  /** @fastify/swagger's word for a response without a body. */
  type?: 'null';
}

const REQUEST_ID_HEADER = {
  'X-Request-Id': {
    type: 'string',
    description: "The client's request id, if it sent a valid one; otherwise a new one.",
  },
};
const RETRY_AFTER_HEADER = { 'Retry-After': { type: 'integer', description: 'Seconds to wait before a retry.' } };
const AUTHENTICATE_HEADER = {
  'WWW-Authenticate': { type: 'string', description: '`Bearer`, with an error if the key is invalid.' },
};

export function jsonResponse(
  description: string,
  schema: SchemaName,
  summary: string,
  value: unknown,
): ResponseDescription {
  return {
    description,
    headers: REQUEST_ID_HEADER,
    content: { 'application/json': { schema: schemaRef(schema), examples: { response: { summary, value } } } },
  };
}

export function emptyResponse(description: string): ResponseDescription {
  return { description, headers: REQUEST_ID_HEADER, type: 'null' };
}

export function textResponse(description: string, summary: string, value: string): ResponseDescription {
  return {
    description,
    headers: REQUEST_ID_HEADER,
    content: { 'text/plain': { schema: { type: 'string' }, examples: { response: { summary, value } } } },
  };
}

/** The schemas of a batch, or of its response, in each format. */
interface FormatSchemas {
  readonly json: SchemaName;
  readonly safetensors: SchemaName;
  readonly npz: SchemaName;
}

/** The body of a batch: JSON, or a file in each of the other media types. */
export function batchBody(schemas: FormatSchemas): { content: Record<string, MediaDescription> } {
  return { content: { [JSON_TYPE]: { schema: schemaRef(schemas.json) }, ...fileContent(schemas) } };
}

/** A file in each media type that is not JSON. */
export function fileContent(schemas: Omit<FormatSchemas, 'json'>): Record<string, MediaDescription> {
  const npz = { schema: schemaRef(schemas.npz) };
  const safetensors = { schema: schemaRef(schemas.safetensors) };
  const either = { schema: { anyOf: [safetensors.schema, npz.schema] } };
  return { [SAFETENSORS_TYPE]: safetensors, [NPZ_TYPE]: npz, [ZIP_TYPE]: npz, [BYTES_TYPE]: either };
}

/** The errors of every operation that evaluates a batch. */
export const EVALUATION_ERRORS = [
  'malformed_body',
  'unauthorized',
  'cross_site_request',
  'request_timeout',
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
] as const satisfies readonly ErrorCode[];

/** Adds the other formats of a response. */
export function withContent(
  response: ResponseDescription,
  content: Record<string, MediaDescription>,
): ResponseDescription {
  return { ...response, content: { ...response.content, ...content } };
}

/** The problems that an operation can report: one response per status, with an example of each code. */
export function problemResponses(...codes: ErrorCode[]): Record<number, ResponseDescription> {
  return describeProblems(codes, PROBLEM_TYPE, 'Problem', (problem) => problem);
}

/** The same for the Open Inference Protocol. */
export function inferenceProblemResponses(...codes: ErrorCode[]): Record<number, ResponseDescription> {
  return describeProblems(codes, 'application/json', 'InferenceProblem', toInferenceProblem);
}

function describeProblems(
  codes: readonly ErrorCode[],
  type: string,
  schema: SchemaName,
  convert: (problem: Problem) => Problem,
): Record<number, ResponseDescription> {
  const responses: Record<number, ResponseDescription> = {};
  for (const code of codes) {
    const error = EXAMPLE_ERRORS[code];
    const problem = convert(toProblem(error, '0192f3c4-7d11-4a3e-9d6b-3f6c1a2b4c5d'));
    const { status, title } = problem;
    responses[status] ??= {
      description: '',
      headers: {
        ...REQUEST_ID_HEADER,
        ...(error.retryAfterSeconds !== undefined && RETRY_AFTER_HEADER),
        ...(code === 'unauthorized' && AUTHENTICATE_HEADER),
      },
      content: { [type]: { schema: schemaRef(schema), examples: {} } },
    };
    const response = responses[status];
    response.description += `${response.description && ' '}${title} (\`${code}\`).`;
    response.content![type]!.examples![code] = { summary: title, value: problem };
  }
  return responses;
}
