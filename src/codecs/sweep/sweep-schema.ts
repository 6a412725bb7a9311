import { z } from 'zod';
import { NON_NEGATIVE } from '../../loss/broadcast.ts';
import { listOf } from '../../loss/list-of.ts';
import { MAX_SWEEP_POINTS } from '../../loss/sweep-plan.ts';
import { ALPHA_FORMS, requestSchema } from '../request-schema.ts';

const LENGTH = { minItems: 1, maxItems: MAX_SWEEP_POINTS };

const isGamma = (item: unknown): item is number => typeof item === 'number' && NON_NEGATIVE.holds(item);

const {
  gamma: _,
  alpha: __,
  outputs: ___,
  gradients_dtype: ____,
  hessian_form: _____,
  ...shared
} = requestSchema.shape;

/** Every field of a sweep, in any format. The descriptions are those of JSON. */
export const sweepSchema = z
  .strictObject({
    ...shared,
    gammas: listOf(isGamma, NON_NEGATIVE.text, { type: 'number', minimum: 0 }).meta({
      ...LENGTH,
      description: 'Focusing parameters. A sweep evaluates every pair of a gamma and an alpha, at most 256 pairs.',
    }),
    alphas: z
      .custom<unknown[]>(Array.isArray, { error: 'expected an array, each item what "alpha" may be' })
      .meta({
        type: 'array',
        ...LENGTH,
        items: { anyOf: ALPHA_FORMS },
        description:
          'Each item has one of the forms of `alpha` in `FocalLossRequest`. Default: a list of the default of `alpha` alone.',
      })
      .optional(),
  })
  .describe('Null stands for an option that is not set.');
