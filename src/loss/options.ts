import { z } from 'zod';
import { SOFT_LABELS } from './labelled-term.ts';
import { listOf } from './list-of.ts';
import { MAX_FLOAT32 } from './tensor.ts';

/** The outputs that a request can select. Only those are computed. */
export const OUTPUTS = [
  'loss',
  'gradients',
  'per_class',
  'elementwise',
  'hessian',
  'difficulty',
  'posterior',
  'calibration',
] as const;
export type Output = (typeof OUTPUTS)[number];

const NORMALIZERS = ['elements', 'samples', 'positives', 'weights'] as const;

const MAX_INT32 = 2 ** 31 - 1;
const int32 = z
  .int({ error: 'expected an integer' })
  .min(-MAX_INT32 - 1)
  .max(MAX_INT32);

const isOutput = (item: unknown): item is Output => OUTPUTS.includes(item as Output);
/** The longest name of a class. Names go to every thread and into the response. */
const MAX_CLASS_NAME = 256;
const isClassName = (item: unknown): item is string => typeof item === 'string' && item.length <= MAX_CLASS_NAME;

/** The options that are not tensors. Their names and defaults are part of the public API in every format. */
export const optionFields = {
  activation: z
    .enum(['sigmoid', 'softmax'])
    .default('sigmoid')
    .describe(
      '`sigmoid`: classes are independent (binary, multi-label, dense detection). `softmax`: one of two classes or more is true.',
    ),
  class_axis: int32.default(-1).describe('The class axis of the predictions: the last one, or `1` for channels first.'),
  label_smoothing: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('Label smoothing s, applied first: y becomes y(1−s)+s/2 for sigmoid and y(1−s)+s/C for softmax.'),
  soft_labels: z
    .enum(SOFT_LABELS)
    .default('interpolated')
    .describe(
      'The loss of a sigmoid label strictly between 0 and 1: `interpolated` (torchvision, Keras, optax), `termwise`, ' +
        'or `quality` (Quality Focal Loss, QFL; requires gamma to be 0 or ≥ 1). `varifocal` (VFL) and `matchability` (MAL of ' +
        'DEIM) are losses of their own. A label t above 0 has a cross-entropy without gamma and alpha: varifocal multiplies it ' +
        'by t, and matchability has t^gamma in the place of t. A label of 0 has −alpha p^gamma log(1 − p), where alpha is 0.75 ' +
        'by default with varifocal, and off with matchability.',
    ),
  margin: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe(
      'Of the asymmetric loss (ASL), for sigmoid: negatives are evaluated at max(p − margin, 0), so that easy ones contribute nothing.',
    ),
  poly_epsilon: z
    .number()
    .min(-MAX_FLOAT32)
    .max(MAX_FLOAT32)
    .default(0)
    .describe('ε of Poly-1, finite as float32: adds ε (1 − p_t)^(gamma + 1) to each element, without alpha.'),
  focusing: z
    .enum(['differentiated', 'detached'])
    .default('differentiated')
    .describe('`detached`: derivatives take the modulating factor for a constant; the loss stays the same.'),
  hessian_form: z
    .enum(['exact', 'detached'])
    .default('exact')
    .describe(
      '`detached`: the Hessian is that of a detached modulating factor, which is never negative, beside exact gradients: for boosted trees.',
    ),
  ignore_index: int32
    .default(-100)
    .describe('Labels of this value, dense or class indices, are ignored: they contribute nothing to any result.'),
  background_index: int32
    .optional()
    .describe(
      'For sigmoid with class indices: a label of this value, which is none of the classes 0 to C−1, is negative for every class. Default: none.',
    ),
  reduction: z
    .enum(['mean', 'sum', 'none'])
    .default('mean')
    .describe('With `none`, `loss` is null and the gradients are those of the sum.'),
  normalizer: z
    .union([z.enum(NORMALIZERS), z.number().min(2 ** -126)], {
      error: `expected one of ${NORMALIZERS.map((name) => `"${name}"`).join(', ')}, or a number > 0`,
    })
    .optional()
    .describe(
      'The divisor of `mean`: the number of `elements` not ignored (the default for sigmoid), of `samples` not ignored ' +
        '(the default for softmax), of `positives` (at least 1; as in RetinaNet), the sum of the sample `weights` of ' +
        'samples not ignored (with element weights: of both multiplied, of elements not ignored), or a fixed number.',
    ),
  epsilon: z
    .number()
    .min(2 ** -126)
    .lt(0.5)
    .default(1e-7)
    .describe('ε: probabilities are clamped to [ε, 1−ε], and gradients are computed at the clamped value.'),
  class_names: listOf(isClassName, `a string of at most ${MAX_CLASS_NAME} characters`, {
    type: 'string',
    maxLength: MAX_CLASS_NAME,
  })
    .optional()
    .describe('One name per class, returned in the breakdown. Default: none.'),
  outputs: listOf(isOutput, `one of ${OUTPUTS.map((name) => `"${name}"`).join(', ')}`, { enum: [...OUTPUTS] })
    .default(['loss', 'gradients', 'per_class'])
    .describe(
      'The outputs to compute and return. `posterior` are the probabilities that p stands for in a model that minimises this loss, ' +
        'of focal loss with hard labels alone; `calibration` compares p, and its posterior, with the labels.',
    ),
  warnings: z
    .boolean()
    .default(true)
    .describe('Whether the response warns of what is valid and most likely a mistake. Warnings change no number.'),
  gradients_dtype: z
    .enum(['F32', 'F16', 'BF16'])
    .default('F32')
    .describe(
      'The type that gradients are rounded to. F16 rounds magnitudes below 3e-8 to 0: if the gradients of a mean are that ' +
        'small, use BF16 or `reduction: "none"`.',
    ),
};

export const optionsSchema = z.object(optionFields);
export type Options = z.output<typeof optionsSchema>;
