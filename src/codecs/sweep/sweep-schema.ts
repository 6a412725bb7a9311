import { z } from 'zod';
import { NON_NEGATIVE } from '../../loss/broadcast.ts';
import { listOf } from '../../loss/list-of.ts';
import { MAX_SWEEP_POINTS } from '../../loss/sweep-plan.ts';
import { ALPHA_FORMS, requestSchema } from '../request-schema.ts';

const AS_MANY = { minItems: 1, maxItems: MAX_SWEEP_POINTS };

const isGamma = (item: unknown): item is number => typeof item === 'number' && NON_NEGATIVE.holds(item);

const { gamma: _, alpha: __, outputs: ___, gradients_dtype: ____, ...shared } = requestSchema.shape;

/** Every field that a sweep has, whatever the format; described as JSON has them. */
export const sweepSchema = z
  .strictObject({
    ...shared,
    gammas: listOf(isGamma, NON_NEGATIVE.text, { type: 'number', minimum: 0 }).meta({
      ...AS_MANY,
      description: 'Focusing parameters. Up to 256 pairs of a gamma and an alpha are evaluated.',
    }),
    alphas: z
      .custom<unknown[]>(Array.isArray, { error: 'expected an array, each item what "alpha" may be' })
      .meta({
        type: 'array',
        ...AS_MANY,
        items: { anyOf: ALPHA_FORMS },
        description: 'Each is whatever `alpha` may be in `FocalLossRequest`; default: the default of `alpha` alone.',
      })
      .optional(),
  })
  .meta({ oneOf: [{ required: ['logits'] }, { required: ['probabilities'] }] });
