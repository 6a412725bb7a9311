import { sweepSummarySchema } from '../../loss/sweep-result.ts';
import { echoedSweepOptionFields } from '../echoed-options-schema.ts';
import { durationSchema, engineSchema } from '../response-metadata.ts';

/** The response of `POST /v1/focal-loss/sweep`. */
export const sweepResponseSchema = sweepSummarySchema.extend({
  ...echoedSweepOptionFields,
  engine: engineSchema,
  duration_ms: durationSchema,
});
