import { z } from 'zod';
import { listOf } from './list-of.ts';

/** What a request can ask for. Only what is requested is computed. */
export const OUTPUTS = ['loss', 'gradients', 'per_class', 'elementwise', 'hessian', 'difficulty'] as const;
export type Output = (typeof OUTPUTS)[number];

const NORMALIZERS = ['elements', 'samples', 'positives', 'weights'] as const;

const MAX_INT32 = 2 ** 31 - 1;
const int32 = z
  .int({ error: 'expected an integer' })
  .min(-MAX_INT32 - 1)
  .max(MAX_INT32);

const isOutput = (item: unknown): item is Output => OUTPUTS.includes(item as Output);
const isString = (item: unknown): item is string => typeof item === 'string';

/** The options that are not tensors. Their names and defaults are the public contract in every format. */
export const optionFields = {
  activation: z
    .enum(['sigmoid', 'softmax'])
    .default('sigmoid')
    .describe('`sigmoid`: each class on its own (binary, multi-label, dense detection). `softmax`: one true class.'),
  class_axis: int32.default(-1).describe('Which axis is the class axis; `1` for channels first.'),
  label_smoothing: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('s: y(1−s)+s/2 for sigmoid, y(1−s)+s/C for softmax, before anything else.'),
  soft_labels: z
    .enum(['interpolated', 'termwise', 'quality'])
    .default('interpolated')
    .describe(
      'What a sigmoid label strictly between 0 and 1 means: `interpolated` (torchvision, Keras, optax), `termwise`, ' +
        'or `quality` (Quality Focal Loss; gamma must be 0 or ≥ 1).',
    ),
  ignore_index: int32.default(-100).describe('A label of this value, dense or index, contributes nothing anywhere.'),
  background_index: int32
    .optional()
    .describe('Sigmoid with class indices: a label of this value is negative for every class.'),
  reduction: z
    .enum(['mean', 'sum', 'none'])
    .default('mean')
    .describe('`none`: `loss` is null and the gradients are of the plain sum.'),
  normalizer: z
    .union([z.enum(NORMALIZERS), z.number().min(2 ** -126)], {
      error: `expected one of ${NORMALIZERS.map((name) => `"${name}"`).join(', ')}, or a number > 0`,
    })
    .optional()
    .describe(
      'What `mean` divides by: `elements` (not ignored; the default for sigmoid), `samples` (not ignored; the default ' +
        'for softmax), `positives` (at least 1; RetinaNet), `weights` (Σ sample weights of samples not ignored), or a number.',
    ),
  epsilon: z
    .number()
    .min(2 ** -126)
    .lt(0.5)
    .default(1e-7)
    .describe('Probabilities are clamped to [ε, 1−ε]; the gradient is taken at the clamped value.'),
  class_names: listOf(isString, 'a string', { type: 'string' })
    .optional()
    .describe('One string per class, echoed in the breakdown.'),
  outputs: listOf(isOutput, `one of ${OUTPUTS.map((name) => `"${name}"`).join(', ')}`, { enum: [...OUTPUTS] })
    .default(['loss', 'gradients', 'per_class'])
    .describe('What to answer; only what is requested is computed.'),
  gradients_dtype: z
    .enum(['F32', 'F16', 'BF16'])
    .default('F32')
    .describe(
      'What gradients are rounded to. F16 has 0 for what is below 6e-8: use `reduction: "none"`, or BF16, ' +
        'where a mean would be that small.',
    ),
};

export const optionsSchema = z.object(optionFields);
export type Options = z.output<typeof optionsSchema>;
