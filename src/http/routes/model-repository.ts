import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseJson } from '../../codecs/json/parse-json.ts';
import { MODEL_NAME, MODEL_VERSION } from '../../codecs/open-inference/inference-model.ts';
import { addSchemaIssues } from '../../codecs/schema-issues.ts';
import { unpooledLease } from '../../core/buffer-lease.ts';
import { ServiceError } from '../../core/service-error.ts';
import { shorten } from '../../core/shorten.ts';
import { ValidationIssues } from '../../core/validation-issues.ts';
import type { Engine } from '../../engine/engine.ts';
import { unknownInferencePath } from '../inference-problem.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { repositoryIndexOperation, repositoryLoadOperation } from '../openapi/model-operations.ts';
import { ignoreContentType, readBody } from '../request-body.ts';

// Triton's model repository extension, as of a Triton that does not let clients load models, which is its default:
// https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_model_repository.md

/** The longest body of an index request: its one field is a boolean. */
const MAX_BODY_BYTES = 4096;

export const repositoryIndexRequestSchema = z.strictObject({
  ready: z.boolean().default(false).describe('Whether to list only models that are ready.'),
});

export const repositoryIndexSchema = z.array(
  z.strictObject({
    name: z.string().describe('`focal-loss`.'),
    version: z.string().describe('`1`.'),
    state: z
      .enum(['READY', 'LOADING', 'UNLOADING'])
      .describe('LOADING until the engine is ready, UNLOADING while the service shuts down.'),
    reason: z.string().describe('Why it is not ready; empty if it is.'),
  }),
);
type RepositoryIndex = z.output<typeof repositoryIndexSchema>;

interface Parts {
  readonly engine: Engine;
  readonly lifecycle: Lifecycle;
  readonly minUploadBytesPerSecond: number;
}

export function registerModelRepository(app: FastifyInstance, parts: Parts): void {
  const index = { schema: repositoryIndexOperation(), onRequest: ignoreContentType };
  app.post('/v2/repository/index', index, async (request) => {
    const { ready } = await readIndexRequest(request, parts);
    return listModels(parts).filter(({ state }) => !ready || state === 'READY');
  });
  // Bodies, which may have the files of a model, are not read.
  for (const action of ['load', 'unload'] as const) {
    const control = { schema: repositoryLoadOperation(action), onRequest: ignoreContentType };
    app.post(`/v2/repository/models/:model/${action}`, control, async (request) => {
      const { model } = request.params as { model: string };
      if (model !== MODEL_NAME) {
        throw new ServiceError(
          'not_found',
          `failed to ${action} '${shorten(model)}', there is no such model; ${unknownInferencePath()}`,
        );
      }
      throw new ServiceError(
        'invalid_request',
        `failed to ${action} '${MODEL_NAME}', explicit model load / unload is not allowed: it is loaded as long as the service runs`,
      );
    });
  }
}

/** @throws {ServiceError} `malformed_body`, `body_too_large`, `request_timeout`, `shutting_down` or `invalid_request` */
async function readIndexRequest(
  { raw }: FastifyRequest,
  limits: Parts,
): Promise<z.output<typeof repositoryIndexRequestSchema>> {
  const lease = unpooledLease();
  const bytes = await readBody(raw, lease, { ...limits, limit: MAX_BODY_BYTES, alignAt: 0 });
  // The text of the extension requires a body; its clients send none.
  const parsed = repositoryIndexRequestSchema.safeParse(bytes.length === 0 ? {} : parseJson(bytes, lease), {
    reportInput: true,
  });
  const issues = new ValidationIssues();
  if (!parsed.success) addSchemaIssues(parsed.error.issues, Object.keys(repositoryIndexRequestSchema.shape), issues);
  issues.throwIfAny();
  return parsed.data!;
}

function listModels({ engine, lifecycle }: Parts): RepositoryIndex {
  const model = { name: MODEL_NAME, version: MODEL_VERSION };
  if (lifecycle.draining) return [{ ...model, state: 'UNLOADING', reason: 'The service is shutting down' }];
  if (!engine.info) return [{ ...model, state: 'LOADING', reason: 'The engine is warming up' }];
  return [{ ...model, state: 'READY', reason: '' }];
}
