import type { ModelStatistics } from '../model-statistics-schema.ts';

const COMPUTE = {
  compute_input: { count: 2, ns: 310_000 },
  compute_infer: { count: 2, ns: 480_000 },
  compute_output: { count: 2, ns: 150_000 },
};

/** The statistics that the documentation shows. */
export const EXAMPLE_STATISTICS: ModelStatistics = {
  model_stats: [
    {
      name: 'focal-loss',
      version: '1',
      last_inference: 1_790_000_000_000,
      inference_count: 2,
      execution_count: 2,
      inference_stats: {
        success: { count: 2, ns: 990_000 },
        fail: { count: 0, ns: 0 },
        queue: { count: 2, ns: 20_000 },
        ...COMPUTE,
        cache_hit: { count: 0, ns: 0 },
        cache_miss: { count: 0, ns: 0 },
      },
      response_stats: {},
      batch_stats: [{ batch_size: 1, ...COMPUTE }],
      memory_usage: [],
    },
  ],
};
