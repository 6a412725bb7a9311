import { z } from 'zod';

// The objects of Triton's statistics extension, in its names:
// https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_statistics.md

const durationSchema = z.strictObject({
  count: z.int().min(0).describe('How many there were.'),
  ns: z.int().min(0).describe('Nanoseconds, altogether.'),
});

const stageSchemas = {
  compute_input: durationSchema.describe('Reading the request: the stage `decode`.'),
  compute_infer: durationSchema.describe('Evaluating the batch: the stage `compute`.'),
  compute_output: durationSchema.describe('Writing the response: the stage `encode`.'),
};

export const modelStatisticsSchema = z.strictObject({
  model_stats: z
    .array(
      z.strictObject({
        name: z.string().describe('`focal-loss`.'),
        version: z.string().describe('`1`.'),
        last_inference: z
          .int()
          .describe('When the last inference that succeeded ended, in milliseconds since the epoch; 0 if none has.'),
        inference_count: z.int().describe('Requests that succeeded: each is one inference, whatever its samples.'),
        execution_count: z.int().describe('The same: requests are not joined.'),
        inference_stats: z
          .strictObject({
            success: durationSchema.describe('From the last byte of the request to the response.'),
            fail: durationSchema.describe(
              'Requests with an error, or whose client disconnected: from their first byte to their end. Requests without a valid API key are not among them.',
            ),
            queue: durationSchema.describe('Waiting for the engine: the stage `queue`.'),
            ...stageSchemas,
            cache_hit: durationSchema.describe('0: responses are not cached.'),
            cache_miss: durationSchema.describe('0: responses are not cached.'),
          })
          .describe('Counts and times since the start, by outcome and stage.'),
        response_stats: z.looseObject({}).describe('Empty: each request has one response.'),
        batch_stats: z
          .array(z.strictObject({ batch_size: z.int().describe('1: requests are not joined.'), ...stageSchemas }))
          .describe('Empty before the first inference, then one entry.'),
        memory_usage: z
          .array(
            z.strictObject({
              type: z.string().describe('`CPU` or `GPU`.'),
              id: z.int().describe('The device.'),
              byte_size: z.int().describe('Bytes.'),
            }),
          )
          .describe('Empty: not measured for the model. `GET /metrics` has that of the process.'),
      }),
    )
    .describe('One entry: there is one model, in one version.'),
});
export type ModelStatistics = z.output<typeof modelStatisticsSchema>;
