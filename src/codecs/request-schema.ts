import { z } from 'zod';
import { optionFields } from '../loss/options.ts';

/** How a field says that it is nested arrays of numbers; `allOf` lets it have a description of its own. */
export const TENSOR = { allOf: [{ $ref: '#/components/schemas/Tensor' }] };

// Numbers inside tensors are checked by a loop of our own: zod would make a node, and an issue, of each.
const tensor = (description: string) => z.unknown().meta({ ...TENSOR, description });
const listOf = (items: object) => ({ type: 'array', minItems: 1, items });

const nonNegative = { type: 'number', minimum: 0 };
const unit = { type: 'number', minimum: 0, maximum: 1 };
/** What `alpha` may be. */
export const ALPHA_FORMS = [unit, { type: 'null' }, { $ref: '#/components/schemas/AlphaScheme' }, listOf(unit)];

/** Every field that a request has, whatever the format; described as JSON has them. */
export const requestSchema = z
  .strictObject({
    logits: tensor(
      'Rank 1 to 5, finite as float32; rank 1 is one binary class. Give these or `probabilities`.',
    ).optional(),
    probabilities: tensor(
      'The same shapes, each in [0, 1]; for softmax a sample adds up to 1 within 1e-3. Gradients are then with respect to them.',
    ).optional(),
    labels: tensor(
      'Dense: the shape of the predictions, each in [0, 1]. Class indices: that shape without the class axis, integers.',
    ),
    gamma: z
      .unknown()
      .meta({
        anyOf: [nonNegative, listOf(nonNegative)],
        description: 'Focusing parameter ≥ 0, a number or one per class.',
      })
      .default(2),
    alpha: z
      .unknown()
      .meta({
        anyOf: ALPHA_FORMS,
        description:
          'In [0, 1], a number or one per class, or null for off; or where to take it from: `balanced` or `effective_number`. Sigmoid: weighs positives, 1 − alpha negatives; default 0.25. Softmax: multiplies the true class; default null.',
      })
      .optional(),
    class_weights: z
      .unknown()
      .meta({
        ...listOf(nonNegative),
        description: 'One weight ≥ 0 per class, on every element of the class.',
      })
      .optional(),
    sample_weights: tensor(
      'One weight ≥ 0 per sample: the shape of the predictions without the class axis.',
    ).optional(),
    ...optionFields,
  })
  .meta({ oneOf: [{ required: ['logits'] }, { required: ['probabilities'] }] });
