import { z } from 'zod';
import { summarySchema } from '../../loss/result.ts';
import { echoedOptionFields } from '../echoed-options-schema.ts';
import { TENSOR } from '../request-schema.ts';
import { durationSchema, engineSchema } from '../response-metadata.ts';

const tensor = (description: string) =>
  z
    .unknown()
    .meta({ ...TENSOR, description })
    .optional();

/** The response of `POST /v1/focal-loss` in JSON. */
export const jsonResponseSchema = summarySchema.extend({
  ...echoedOptionFields,
  gradients: tensor('∂loss/∂input, in the shape of the predictions.'),
  elementwise: tensor(
    'The losses before they are divided by the denominator: in the shape of the predictions for sigmoid, one per sample for softmax.',
  ),
  hessian_diagonal: tensor('∂²loss/∂input², in the shape of the predictions.'),
  posterior: tensor(
    'The probabilities that p stands for in a model that minimises this focal loss, in the shape of the predictions.',
  ),
  engine: engineSchema,
  duration_ms: durationSchema,
});
