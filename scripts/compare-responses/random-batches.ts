import { mulberry32 } from '../../test/harness/mulberry32.ts';
import { toFloat16 } from '../../test/harness/to-float16.ts';
import { ALL_OUTPUTS, type Batch } from './batch.ts';
import { product, type Tensor } from './tensor.ts';

// Batches large enough to be cut into parts and to be read and written in threads, the same in each run.

const OUTPUTS = { outputs: ALL_OUTPUTS };

function logits(seed: number, shape: readonly number[]): Tensor & { values: Float32Array<ArrayBuffer> } {
  const random = mulberry32(seed);
  return { dtype: 'F32', shape, values: new Float32Array(product(shape)).map(() => 12 * random() - 7) };
}

/** Integers from 0 to below `below`; every 50th is the other value. */
function indices(seed: number, shape: readonly number[], below: number, other = 0): Tensor {
  const random = mulberry32(seed);
  const pick = (_: number, i: number) => (i % 50 === 49 ? other : Math.floor(below * random()));
  return { dtype: 'I32', shape, values: new Int32Array(product(shape)).map(pick) };
}

function soft(seed: number, shape: readonly number[]): Tensor {
  const random = mulberry32(seed);
  return { dtype: 'F32', shape, values: new Float32Array(product(shape)).map(() => random()) };
}

function bits(seed: number, shape: readonly number[], every: number): Tensor {
  const random = mulberry32(seed);
  return { dtype: 'U8', shape, values: new Uint8Array(product(shape)).map(() => Number(random() * every < 1)) };
}

function inHalf(tensor: Tensor & { values: Float32Array<ArrayBuffer> }, dtype: 'F16' | 'BF16'): Tensor {
  const values = new Uint16Array(tensor.values.length);
  toFloat16(tensor.values, dtype, values);
  return { dtype, shape: tensor.shape, values };
}

function distributions(seed: number, samples: number, classes: number): Tensor {
  const { shape, values } = logits(seed, [samples, classes]);
  for (let first = 0; first < values.length; first += classes) {
    const row = values.subarray(first, first + classes);
    row.set(row.map(Math.exp));
    const total = row.reduce((sum, x) => sum + x, 0);
    row.set(row.map((x) => x / total));
  }
  return { dtype: 'F32', shape, values };
}

/** With the options that each is evaluated with. A batch is made when its turn comes, so that few are held at a time. */
export const RANDOM_BATCHES: readonly { make: () => Batch; mixes: readonly object[]; formats: RegExp }[] = [
  {
    make: () => ({
      name: 'detection [100000, 80]',
      tensors: { logits: logits(1, [100_000, 80]), labels: indices(2, [100_000], 81, -100) },
      options: { background_index: 80, normalizer: 'positives', ...OUTPUTS },
    }),
    mixes: [{}, { gamma: 0, alpha: null }, { gamma: 1.5, gradients_dtype: 'F16', reduction: 'none' }],
    formats: /^safetensors → safetensors|binary → binary|sweep safetensors/,
  },
  {
    make: () => ({
      name: 'detection [100000, 80], one array',
      tensors: { logits: logits(1, [100_000, 80]), labels: indices(2, [100_000], 80, -100) },
      options: { outputs: ['loss', 'gradients'] },
    }),
    mixes: [{}],
    formats: /^safetensors → JSON/,
  },
  {
    make: () => ({
      name: 'segmentation [2, 19, 256, 256]',
      tensors: { logits: logits(3, [2, 19, 256, 256]), labels: indices(4, [2, 256, 256], 19, 255) },
      options: { activation: 'softmax', class_axis: 1, ignore_index: 255, ...OUTPUTS },
    }),
    mixes: [{}, { gamma: 0.5, label_smoothing: 0.1 }, { alpha: { balanced: true }, gradients_dtype: 'BF16' }],
    formats: /^safetensors → safetensors|binary → binary|sweep safetensors/,
  },
  {
    make: () => ({
      name: 'segmentation [2, 19, 256, 256], in text',
      tensors: { logits: logits(3, [2, 19, 256, 256]), labels: indices(4, [2, 256, 256], 19, 255) },
      options: { activation: 'softmax', class_axis: 1, ignore_index: 255, gamma: 2, ...OUTPUTS },
    }),
    mixes: [{}],
    formats: /^JSON|Open Inference JSON → JSON|sweep JSON/,
  },
  {
    make: () => ({
      name: 'binary [1000000]',
      tensors: { logits: logits(5, [1_000_000]), labels: bits(6, [1_000_000], 20) },
      options: OUTPUTS,
    }),
    mixes: [{}, { gamma: 1.5, alpha: 0.9, reduction: 'sum' }],
    formats: /^JSON|^safetensors → safe|^Open|^sweep safe/,
  },
  {
    make: () => ({
      name: 'soft labels [50000, 20]',
      tensors: { logits: logits(7, [50_000, 20]), labels: soft(8, [50_000, 20]) },
      options: OUTPUTS,
    }),
    mixes: [
      {},
      { soft_labels: 'termwise', gamma: 0.5 },
      { soft_labels: 'quality', alpha: null },
      { soft_labels: 'quality', gamma: 1.5 },
      { label_smoothing: 0.2, reduction: 'none', gradients_dtype: 'BF16' },
    ],
    formats: /^safetensors|binary → |sweep safetensors/,
  },
  ...(['F16', 'BF16'] as const).map((dtype) => ({
    make: () => ({
      name: `${dtype} [200000, 8]`,
      tensors: { logits: inHalf(logits(9, [200_000, 8]), dtype), labels: indices(10, [200_000], 8, -100) },
      options: { activation: 'softmax', ...OUTPUTS },
    }),
    mixes: [{}, { activation: 'sigmoid', gradients_dtype: dtype }, { gamma: 1.5, gradients_dtype: dtype }],
    formats: /^safetensors → |^octet|binary → binary|mixed|^sweep safe/,
  })),
  {
    make: () => ({
      name: 'probabilities [40000, 10]',
      tensors: { probabilities: distributions(11, 40_000, 10), labels: indices(12, [40_000], 10, -100) },
      options: { activation: 'softmax', ...OUTPUTS },
    }),
    mixes: [{}, { gamma: 0.5 }, { activation: 'sigmoid', epsilon: 1e-3 }],
    formats: /^JSON → JSON|→ safetensors|binary → |^sweep/,
  },
  {
    make: () => ({
      name: 'multi-hot [4096, 200]',
      tensors: { logits: logits(13, [4096, 200]), labels: bits(14, [4096, 200], 30) },
      options: OUTPUTS,
    }),
    mixes: [{}, { gamma: 0 }, { gamma: 1.5, alpha: { effective_number: { beta: 0.99 } } }],
    formats: /^JSON → JSON|→ safetensors|binary → |^sweep/,
  },
  {
    make: () => ({
      name: 'vocabulary [64, 32000]',
      tensors: { logits: logits(15, [64, 32_000]), labels: indices(16, [64], 32_000, -100) },
      options: { activation: 'softmax', ...OUTPUTS },
    }),
    mixes: [{}, { gamma: 0, label_smoothing: 0.1 }],
    formats: /^safetensors → safetensors|binary → binary/,
  },
];
