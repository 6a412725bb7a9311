import { sweepSummarySchema } from '../../loss/sweep-result.ts';
import { durationSchema, engineSchema } from '../response-metadata.ts';

/** The response of `POST /v1/focal-loss/sweep`. */
export const sweepResponseSchema = sweepSummarySchema.extend({ engine: engineSchema, duration_ms: durationSchema });
