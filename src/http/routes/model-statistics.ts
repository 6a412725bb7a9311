import type { FastifyInstance } from 'fastify';
import { MODEL_NAME, MODEL_VERSION } from '../../codecs/open-inference/inference-model.ts';
import type { InferenceStatistics } from '../../telemetry/inference-statistics.ts';
import type { ModelStatistics } from '../model-statistics-schema.ts';
import { statisticsOperation } from '../openapi/model-operations.ts';

// Triton's statistics extension:
// https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_statistics.md

/** Those of this process, about the inferences of `/v2`. Each path has the one version of the one model. */
export function registerModelStatistics(app: FastifyInstance, statistics: InferenceStatistics): void {
  for (const [path, which] of [
    ['/v2/models/stats', 'all'],
    [`/v2/models/${MODEL_NAME}/stats`, 'model'],
    [`/v2/models/${MODEL_NAME}/versions/${MODEL_VERSION}/stats`, 'version'],
  ] as const) {
    app.get(path, { schema: statisticsOperation(which) }, async () => describeStatistics(statistics));
  }
}

function describeStatistics({ counts }: InferenceStatistics): ModelStatistics {
  const { lastInferenceMs, success, fail, stages } = counts;
  const { queue, ...compute } = stages;
  const none = { count: 0, ns: 0 };
  return {
    model_stats: [
      {
        name: MODEL_NAME,
        version: MODEL_VERSION,
        last_inference: lastInferenceMs,
        inference_count: success.count,
        execution_count: success.count,
        inference_stats: { success, fail, queue, ...compute, cache_hit: none, cache_miss: none },
        response_stats: {},
        // Triton's batch size of models that have no axis of batches.
        batch_stats: success.count > 0 ? [{ batch_size: 1, ...compute }] : [],
        memory_usage: [],
      },
    ],
  };
}
