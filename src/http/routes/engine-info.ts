import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { MAX_DEPTH } from '../../codecs/json/check-structure.ts';
import { MAX_JSON_NUMBERS } from '../../codecs/json/json-size.ts';
import type { Config } from '../../config.ts';
import { notReady } from '../../core/common-errors.ts';
import { MAX_REGION_NAME_BYTES, MAX_REGIONS } from '../../core/shared-memory/region.ts';
import { SERVICE_VERSION } from '../../core/version.ts';
import { INSTALL_WEBGPU } from '../../engine/backends/webgpu/availability.ts';
import type { Engine, InlineInfo } from '../../engine/engine.ts';
import {
  MAX_BREAKDOWN_CLASSES,
  MAX_CLASSES,
  MAX_ELEMENT_EVALUATIONS,
  MAX_ELEMENTS,
  MAX_RANK,
} from '../../loss/limits.ts';
import { MAX_SWEEP_POINTS, MAX_SWEEP_SHARES } from '../../loss/sweep-plan.ts';
import { jsonResponse, problemResponses } from '../openapi/response-descriptions.ts';
import { MAX_REQUEST_HEADER_BYTES, MAX_REQUEST_HEADERS } from '../plugins/connection-limits.ts';

export const engineInfoSchema = z.strictObject({
  requested: z.string().describe('The ENGINE setting.'),
  name: z.string().describe('The backend in use.'),
  device: z
    .string()
    .describe(
      'What it computes on. On `wasm`, with the build of the kernels: `SIMD`, or `relaxed SIMD` for Node 22 and later.',
    ),
  threads: z.int().describe('Engine threads.'),
  versions: z
    .record(z.string(), z.string())
    .describe('Versions of the service, of Node and of the libraries in use, by name.'),
  self_test: z
    .strictObject({
      cases: z.int().describe('How many batches were compared.'),
      worst_relative_error: z
        .number()
        .describe('Compared with the float64 reference, for values that are normal float32 numbers.'),
      tolerance: z.number().describe('The largest relative error with which the backend may serve.'),
    })
    .describe('The accuracy of the backend, measured before it serves.'),
  warm_up_ms: z.number().describe('How long loading and testing the backend took, in milliseconds.'),
  skipped: z
    .array(
      z.strictObject({
        name: z.string().describe('The backend or build.'),
        reason: z.string().describe('Why it is unavailable.'),
      }),
    )
    .describe('Backends and builds that are preferred, in the order tried, and why each is unavailable.'),
  inline: z
    .strictObject({
      max_elements: z
        .int()
        .describe(
          'The most elements of such a batch. With slow options or many classes it has fewer. 0: there are none.',
        ),
      unavailable_reason: z.string().optional().describe('Why there are none.'),
    })
    .describe(
      'Small batches are evaluated in the HTTP thread, if that takes less time than to hand them to an engine thread. The results are the same.',
    ),
  limits: z
    .strictObject({
      max_json_bytes: z.int().describe('The longest JSON body, in bytes, decompressed.'),
      max_body_bytes: z.int().describe('The longest binary body, in bytes, decompressed.'),
      memory_budget_bytes: z.int().describe('Memory for all requests together, in bytes.'),
      queue_limit: z.int().describe('Batches that are accepted and not yet evaluated.'),
      request_timeout_ms: z.int().describe('After so many milliseconds a batch times out, queued or running.'),
      upload_timeout_ms: z.int().describe('The longest time in which a body may arrive, in milliseconds.'),
      min_upload_bytes_per_second: z.int().describe('The slowest rate at which a body may arrive.'),
      max_connections: z.int().describe('Connections at one time.'),
      max_header_bytes: z.int().describe('Of the request line and all headers together.'),
      max_headers: z.int().describe('Headers of a request.'),
      max_json_depth: z.int().describe('How deep JSON of a request may be nested.'),
      max_json_numbers: z.int().describe('In the arrays of a JSON response.'),
      max_rank: z.int().describe('Axes of a tensor.'),
      max_elements: z.int().describe('Of a batch: samples times classes.'),
      max_element_evaluations: z
        .int()
        .describe(
          'In a sweep: the elements of the batch, each with every gamma and with every alpha that is no mere factor.',
        ),
      max_classes: z.int().describe('Classes of a batch.'),
      max_breakdown_classes: z.int().describe('If `per_class` is requested, and in a sweep.'),
      max_sweep_points: z.int().describe('Pairs of a gamma and an alpha in a sweep.'),
      max_sweep_shares: z.int().describe('Those pairs times the classes.'),
      max_shared_memory_regions: z.int().describe('Registered, or in use.'),
      max_region_name_bytes: z.int().describe('The longest name of a region of shared memory, in bytes.'),
    })
    .describe('The limits in force: those of settings, then those that no setting changes.'),
});
type EngineDescription = z.output<typeof engineInfoSchema>;

/** Limits that no setting changes. */
const FIXED_LIMITS = {
  max_header_bytes: MAX_REQUEST_HEADER_BYTES,
  max_headers: MAX_REQUEST_HEADERS,
  max_json_depth: MAX_DEPTH,
  max_json_numbers: MAX_JSON_NUMBERS,
  max_rank: MAX_RANK,
  max_elements: MAX_ELEMENTS,
  max_element_evaluations: MAX_ELEMENT_EVALUATIONS,
  max_classes: MAX_CLASSES,
  max_breakdown_classes: MAX_BREAKDOWN_CLASSES,
  max_sweep_points: MAX_SWEEP_POINTS,
  max_sweep_shares: MAX_SWEEP_SHARES,
  max_shared_memory_regions: MAX_REGIONS,
  max_region_name_bytes: MAX_REGION_NAME_BYTES,
};

const EXAMPLE: EngineDescription = {
  requested: 'auto',
  name: 'wasm',
  device: 'AMD EPYC (x64, SIMD)',
  threads: 2,
  versions: {
    'focal-loss-service': SERVICE_VERSION,
    node: '24.22.3',
    'tfjs-core': '4.22.0',
    'tfjs-backend-wasm': '4.22.0',
  },
  self_test: { cases: 25, worst_relative_error: 5.893899633972882e-8, tolerance: 2e-6 },
  warm_up_ms: 412,
  skipped: [
    { name: 'cuda', reason: 'no NVIDIA GPU was found' },
    { name: 'webgpu', reason: `the package webgpu is not installed; ${INSTALL_WEBGPU} adds it` },
  ],
  inline: { max_elements: 4096 },
  limits: {
    max_json_bytes: 67108864,
    max_body_bytes: 1073741824,
    memory_budget_bytes: 8589934592,
    queue_limit: 256,
    request_timeout_ms: 60000,
    upload_timeout_ms: 300000,
    min_upload_bytes_per_second: 16384,
    max_connections: 4096,
    ...FIXED_LIMITS,
  },
};

const operation = {
  operationId: 'describeEngine',
  summary: 'The engine in use, its self-test, and the limits in force',
  tags: ['operation'],
  response: {
    200: jsonResponse('The engine in use.', 'EngineInfo', 'The engine wasm', EXAMPLE),
    ...problemResponses('unauthorized', 'not_ready', 'internal'),
  },
};

/** `GET /v1/engine`: the engine in use, its self-test, and the limits in force. */
export function registerEngineInfo(app: FastifyInstance, engine: Engine, config: Config): void {
  app.get('/v1/engine', { schema: operation }, async (): Promise<EngineDescription> => {
    const { info } = engine;
    if (!info) throw notReady();
    return {
      requested: config.engine,
      name: info.name,
      device: info.device,
      threads: info.threads,
      versions: { 'focal-loss-service': SERVICE_VERSION, node: process.versions.node, ...info.versions },
      self_test: {
        cases: info.selfTest.cases,
        worst_relative_error: info.selfTest.worstRelativeError,
        tolerance: info.selfTest.tolerance,
      },
      warm_up_ms: Math.round(info.warmUpMs),
      skipped: [...info.skipped],
      inline: describeInline(info.inline),
      limits: {
        max_json_bytes: config.maxJsonBytes,
        max_body_bytes: config.maxBodyBytes,
        memory_budget_bytes: config.memoryBudgetBytes,
        queue_limit: config.queueLimit,
        request_timeout_ms: config.requestTimeoutMs,
        upload_timeout_ms: config.uploadTimeoutMs,
        min_upload_bytes_per_second: config.minUploadBytesPerSecond,
        max_connections: config.maxConnections,
        ...FIXED_LIMITS,
      },
    };
  });
}

function describeInline({ maxElements, unavailableReason }: InlineInfo): EngineDescription['inline'] {
  return {
    max_elements: maxElements,
    ...(unavailableReason !== undefined && { unavailable_reason: unavailableReason }),
  };
}
