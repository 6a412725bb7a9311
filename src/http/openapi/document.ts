import { z } from 'zod';
import { jsonResponseSchema } from '../../codecs/json/json-response-schema.ts';
import {
  inferenceProbeSchema,
  inferenceRequestSchema,
  inferenceResponseSchema,
  modelMetadataSchema,
  serverMetadataSchema,
} from '../../codecs/open-inference/inference-schema.ts';
import { modelConfigSchema } from '../../codecs/open-inference/model-config.ts';
import { requestSchema } from '../../codecs/request-schema.ts';
import { sweepResponseSchema } from '../../codecs/sweep/sweep-response-schema.ts';
import { sweepSchema } from '../../codecs/sweep/sweep-schema.ts';
import { SERVICE_VERSION } from '../../core/version.ts';
import { alphaSchemeSchema } from '../../loss/alpha-scheme.ts';
import { inferenceProblemSchema } from '../inference-problem.ts';
import { modelStatisticsSchema } from '../model-statistics-schema.ts';
import { problemSchema } from '../problem.ts';
import { regionSchema, regionStatusSchema } from '../region-request.ts';
import { engineInfoSchema } from '../routes/engine-info.ts';
import { healthSchema } from '../routes/health.ts';
import { repositoryIndexRequestSchema, repositoryIndexSchema } from '../routes/model-repository.ts';
import { withFieldExamples } from './field-examples.ts';
import {
  NPZ_REQUEST,
  NPZ_RESPONSE,
  NPZ_SWEEP,
  SAFETENSORS_REQUEST,
  SAFETENSORS_RESPONSE,
  SAFETENSORS_SWEEP,
} from './file-schemas.ts';
import { ASYMMETRIC_EXAMPLE, EXAMPLE_REQUEST, VARIFOCAL_EXAMPLE } from './focal-loss-example.ts';
import { nullableFields } from './nullable-fields.ts';
import { EXAMPLE_INFERENCE_REQUEST } from './open-inference-example.ts';
import { BINARY_INFERENCE_REQUEST, BINARY_INFERENCE_RESPONSE } from './open-inference-operations.ts';
import { readableLimits } from './readable-limits.ts';
import { RECIPE_EXAMPLES } from './recipe-examples.ts';
import type { SchemaName } from './response-descriptions.ts';
import { EXAMPLE_SWEEP } from './sweep-example.ts';

const PREDICTIONS = ['logits', 'probabilities'];

/** The document's named schemas, made from the zod schemas that check requests and give responses their types. */
const COMPONENTS: Record<SchemaName | 'Tensor' | 'Labels' | 'AlphaScheme', object> = {
  Tensor: {
    description: 'Numbers in arrays nested 1 to 5 deep; all rows at one depth have the same length.',
    type: 'array',
    items: { anyOf: [{ type: 'number' }, { $ref: '#/components/schemas/Tensor' }] },
  },
  Labels: {
    description: 'Numbers or booleans in arrays nested 1 to 5 deep; all rows at one depth have the same length.',
    type: 'array',
    minItems: 1,
    items: { anyOf: [{ type: 'number' }, { type: 'boolean' }, { $ref: '#/components/schemas/Labels' }] },
  },
  AlphaScheme: nullableFields(toJsonSchema(alphaSchemeSchema, 'input'), ['balanced', 'effective_number']),
  FocalLossRequest: withFieldExamples(nullableFields(toJsonSchema(requestSchema, 'input'), PREDICTIONS)),
  FocalLossResponse: toJsonSchema(jsonResponseSchema, 'output'),
  FocalLossRequestFile: SAFETENSORS_REQUEST,
  FocalLossRequestNpz: NPZ_REQUEST,
  FocalLossResponseFile: SAFETENSORS_RESPONSE,
  FocalLossResponseNpz: NPZ_RESPONSE,
  SweepRequest: withFieldExamples(nullableFields(toJsonSchema(sweepSchema, 'input'), PREDICTIONS)),
  SweepRequestFile: SAFETENSORS_SWEEP,
  SweepRequestNpz: NPZ_SWEEP,
  SweepResponse: toJsonSchema(sweepResponseSchema, 'output'),
  EngineInfo: toJsonSchema(engineInfoSchema, 'output'),
  Health: toJsonSchema(healthSchema, 'output'),
  Problem: toJsonSchema(problemSchema, 'output'),
  ServerMetadata: toJsonSchema(serverMetadataSchema, 'output'),
  ModelMetadata: toJsonSchema(modelMetadataSchema, 'output'),
  ModelConfig: toJsonSchema(modelConfigSchema, 'output'),
  ModelStatistics: toJsonSchema(modelStatisticsSchema, 'output'),
  RepositoryIndexRequest: toJsonSchema(repositoryIndexRequestSchema, 'input'),
  RepositoryIndex: toJsonSchema(repositoryIndexSchema, 'output'),
  InferenceProbe: toJsonSchema(inferenceProbeSchema, 'output'),
  InferenceRequest: toJsonSchema(inferenceRequestSchema, 'input'),
  InferenceResponse: toJsonSchema(inferenceResponseSchema, 'output'),
  BinaryInferenceRequest: BINARY_INFERENCE_REQUEST,
  BinaryInferenceResponse: BINARY_INFERENCE_RESPONSE,
  InferenceProblem: toJsonSchema(inferenceProblemSchema, 'output'),
  SharedMemoryRegion: toJsonSchema(regionSchema, 'input'),
  SharedMemoryStatus: toJsonSchema(regionStatusSchema, 'output'),
};

const WHEN_NEEDED = 'Needed only if the service was started with API_KEYS or API_KEYS_FILE.';
const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: `An API key. ${WHEN_NEEDED}` },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: `The same key. ${WHEN_NEEDED}` },
};

/** The document without its paths, which the routes add. */
export const DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: 'focal-loss-service',
    version: SERVICE_VERSION,
    summary: 'Focal loss for training jobs in any language.',
    description:
      'Post a batch of predictions and labels; get the focal loss, its gradients and a per-class breakdown. Bodies may be ' +
      'compressed (`Content-Encoding`). Large JSON responses are compressed for clients on other machines that accept it ' +
      '(`Accept-Encoding`): gzip, and zstd if the service runs on a Node that has it.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/', description: 'This service.' }],
  // Any one of these: none if the service has no keys, otherwise a key in either header.
  security: [{}, { bearer: [] }, { apiKey: [] }],
  tags: [
    { name: 'loss', description: 'Evaluate batches.' },
    { name: 'operation', description: 'Run the service.' },
    {
      name: 'open inference',
      description: 'Evaluate batches by the Open Inference Protocol, with clients for KServe and Triton.',
    },
  ],
  components: { schemas: COMPONENTS, securitySchemes: SECURITY_SCHEMES },
};

/** Examples of JSON bodies, by path. */
const REQUEST_EXAMPLES = {
  '/v1/focal-loss': {
    detector: { summary: 'Two samples of three classes', value: EXAMPLE_REQUEST },
    asymmetric: { summary: 'The asymmetric loss of them', value: ASYMMETRIC_EXAMPLE },
    varifocal: { summary: 'Varifocal loss of boxes that are matched, as in RT-DETR', value: VARIFOCAL_EXAMPLE },
    ...RECIPE_EXAMPLES,
  },
  '/v1/focal-loss/sweep': { detector: { summary: 'Two samples of three classes', value: EXAMPLE_SWEEP } },
  '/v2/models/focal-loss/infer': { json: { summary: 'Two samples of two classes', value: EXAMPLE_INFERENCE_REQUEST } },
  '/v2/systemsharedmemory/region/{region}/register': {
    region: { summary: 'All of an object', value: { key: '/batch', byte_size: 64_000_000 } },
  },
  '/v2/repository/index': { ready: { summary: 'Only models that are ready', value: { ready: true } } },
  '/v2/models/focal-loss/versions/1/infer': {
    json: { summary: 'Two samples of two classes', value: EXAMPLE_INFERENCE_REQUEST },
  },
};

/** Adds examples to request bodies, because @fastify/swagger drops those of a body that is a reference. */
export function withRequestExamples<Document>(document: Document): Document {
  const { paths } = document as {
    paths?: Record<string, { post?: { requestBody: { content: Record<string, { examples?: unknown }> } } }>;
  };
  for (const [path, examples] of Object.entries(REQUEST_EXAMPLES)) {
    const media = paths?.[path]?.post?.requestBody.content['application/json'];
    if (media) media.examples = examples;
  }
  return document;
}

function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...jsonSchema } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return readableLimits(jsonSchema);
}
