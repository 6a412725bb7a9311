import type { Dtype } from '../../src/codecs/dtype.ts';
import { unlessToy } from '../harness/toy.ts';

/** One way to ask for a loss. */
export interface Mode {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: Extract<Dtype, 'F32' | 'F16' | 'BF16'>;
  readonly labels: Labels;
  /** Those of a request that are not at their defaults. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Of a sweep. */
  readonly grid?: { readonly gammas: readonly number[]; readonly alphas: readonly number[] };
}

/** Class indices travel as I64, hard labels as bytes, soft ones as F32. */
export type Labels = 'indices' | 'one-hot' | 'half positive' | 'soft' | 'few soft' | 'tiny soft';

export const DETECTION = [unlessToy(25_000, 30), 80];
export const SOFTMAX = { activation: 'softmax' };
const CHANNELS_FIRST = { class_axis: 1 };

export function mode(name: string, shape: readonly number[], labels: Labels, options: object = {}): Mode {
  return { name, shape, dtype: 'F32', labels, options: { ...options } };
}

/** About 2 M elements each, unless their shape says more or less. */
export const MODES: readonly Mode[] = [
  mode('sigmoid, class indices', DETECTION, 'indices'),
  mode('sigmoid, one-hot bytes', DETECTION, 'one-hot'),
  mode('sigmoid, multi-hot, half positive', DETECTION, 'half positive'),
  mode('sigmoid, soft labels', DETECTION, 'soft'),
  mode('sigmoid, gamma 1.5', DETECTION, 'indices', { gamma: 1.5 }),
  mode('sigmoid, label smoothing', DETECTION, 'indices', { label_smoothing: 0.1 }),
  mode('one binary class, [2M]', [unlessToy(2_000_000, 3000)], 'half positive'),
  mode(
    'binary masks [2, 1, 1000, 1000]',
    [2, 1, ...unlessToy([1000, 1000], [30, 30])],
    'half positive',
    CHANNELS_FIRST,
  ),
  mode('softmax, 80 classes, indices', DETECTION, 'indices', SOFTMAX),
  mode('softmax, 80 classes, soft labels', DETECTION, 'soft', SOFTMAX),
  mode('softmax, 80 classes, smoothing', DETECTION, 'indices', { ...SOFTMAX, label_smoothing: 0.1 }),
  mode('softmax, [128, 1000], indices', [unlessToy(128, 3), 1000], 'indices', SOFTMAX),
  mode('softmax, 1000 classes, indices', [unlessToy(2000, 3), 1000], 'indices', SOFTMAX),
  mode('softmax, 32 000 classes, indices', [unlessToy(64, 2), 32_000], 'indices', SOFTMAX),
  mode('segmentation [2, 19, 256, 206], indices', [2, 19, ...unlessToy([256, 206], [9, 7])], 'indices', {
    ...SOFTMAX,
    ...CHANNELS_FIRST,
  }),
  mode('segmentation [8, 19, 512, 512], indices', [unlessToy(8, 1), 19, ...unlessToy([512, 512], [9, 7])], 'indices', {
    ...SOFTMAX,
    ...CHANNELS_FIRST,
  }),
  // The gradients of a mean are too small for float16.
  {
    ...mode('sigmoid, float16 in and out', DETECTION, 'indices', { reduction: 'sum', gradients_dtype: 'F16' }),
    dtype: 'F16',
  },
  {
    ...mode('sigmoid, bfloat16 in and out', DETECTION, 'indices', { reduction: 'sum', gradients_dtype: 'BF16' }),
    dtype: 'BF16',
  },
  mode('sigmoid, difficulty', DETECTION, 'indices', { outputs: ['loss', 'gradients', 'per_class', 'difficulty'] }),
  {
    ...mode('sigmoid, sweep of 5 gammas × 3 alphas', DETECTION, 'indices'),
    grid: { gammas: [0, 1, 2, 3, 5], alphas: [0.25, 0.5, 0.75] },
  },
];
