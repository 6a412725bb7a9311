import { z } from 'zod';
import { optionFields } from '../loss/options.ts';

/** The JSON schema of nested arrays of numbers; `allOf` allows a description beside the reference. */
export const TENSOR = { allOf: [{ $ref: '#/components/schemas/Tensor' }] };

// The numbers inside tensors are checked by our own loops: zod would create an object, and an issue, for each of them.
const tensor = (description: string) => z.unknown().meta({ ...TENSOR, minItems: 1, description });
const listOf = (items: object) => ({ type: 'array', minItems: 1, items });

const nonNegative = { type: 'number', minimum: 0 };
const unit = { type: 'number', minimum: 0, maximum: 1 };
/** The JSON schemas of the forms of `alpha`. */
export const ALPHA_FORMS = [
  unit,
  { type: 'null' },
  { const: 'off' },
  { $ref: '#/components/schemas/AlphaScheme' },
  listOf(unit),
];

const numberOrList = [nonNegative, listOf(nonNegative)];
/** The JSON schemas of the forms of `gamma`. */
export const GAMMA_FORMS = [
  ...numberOrList,
  {
    type: 'object',
    description: 'Of positives and of negatives, as in the asymmetric loss.',
    properties: {
      positive: { anyOf: numberOrList, description: 'γ of positives: a number, or one per class.' },
      negative: { anyOf: numberOrList, description: 'γ of negatives: a number, or one per class.' },
    },
    required: ['positive', 'negative'],
    additionalProperties: false,
  },
];

/** Every field of a request, in any format. The descriptions are those of JSON. */
export const requestSchema = z
  .strictObject({
    logits: tensor(
      'Rank 1 to 5, finite as float32; rank 1 is one binary class. Give either `logits` or `probabilities`. Where they are ignored or have weight 0 they may be anything, such as NaN in a binary format. An empty batch, of shape [0, C], needs a format that states its shape.',
    ).optional(),
    probabilities: tensor(
      'The same shapes as `logits`, each value in [0, 1]; for softmax each sample must add up to 1 within 1e-3, or within what rounding to the dtype allows if that is more. Gradients are then with respect to the probabilities.',
    ).optional(),
    labels: z.unknown().meta({
      allOf: [{ $ref: '#/components/schemas/Labels' }],
      description:
        'Dense labels have the shape of the predictions, each value in [0, 1]. Class indices are integers in that shape without the class axis, or with a trailing 1 instead. With one class under sigmoid, labels in that shape are 0 and 1, unless there is a `background_index`. true and false are 1 and 0.',
    }),
    gamma: z
      .unknown()
      .meta({
        anyOf: GAMMA_FORMS,
        description:
          'Focusing parameter ≥ 0, a number or one per class; for sigmoid also an object with one of both for each side, as in the asymmetric loss (ASL).',
      })
      .default(2),
    alpha: z
      .unknown()
      .meta({
        anyOf: ALPHA_FORMS,
        description:
          'A number in [0, 1] or one per class; `off` or null for off; or a scheme that computes it from the labels: `balanced` or `effective_number`. For sigmoid, alpha weights the positives and 1 − alpha the negatives; default 0.25. For softmax, alpha multiplies the loss of the true class; default null. With `soft_labels` `varifocal` and `matchability` it weights negatives alone; default 0.75 and null.',
      })
      .optional(),
    class_weights: z
      .unknown()
      .meta({
        ...listOf(nonNegative),
        description: 'One weight ≥ 0 per class, which multiplies every element of the class. Default: 1 for each.',
      })
      .optional(),
    sample_weights: tensor(
      'One weight ≥ 0 per sample: the shape of the predictions without the class axis, or with a trailing 1 instead. Default: 1 for each.',
    ).optional(),
    element_weights: tensor(
      'One weight ≥ 0 per element, for sigmoid: the shape of the predictions. Each element is also multiplied by the weight of its sample. Default: 1 for each.',
    ).optional(),
    ...optionFields,
  })
  .describe('Null stands for an option that is not set, except for `alpha`, which it turns off.');
