import type { Batch } from '../loss/batch.ts';
import { optionsSchema } from '../loss/options.ts';
import { type BatchTensors, prepareBatch } from '../loss/prepare-batch.ts';

/** With so many equal terms, the error of a single float32 accumulator is one percent. */
const LARGE_SUM_SAMPLES = 2 ** 17;

/** Logits for which some float32 implementations are known to lose digits, overflow or return NaN. */
const EXTREMES = [0, 1e-30, 8.4, 15, 17, 18, 20, 37, 88.7, 104, 1e4, 1e38].flatMap((x) => [x, -x]);

export interface SelfTestBatch {
  readonly name: string;
  readonly batch: Batch;
  /** How many times its first samples, with their labels and weights, come one after another; once if absent. */
  readonly repeats?: number;
}

/** Ordinary values, extremes, a large sum, and each option of the focal family. */
export function* selfTestBatches(): Generator<SelfTestBatch> {
  const ordinary = Array.from({ length: 240 }, (_, i) => Math.sin(i * 1.7) * 10);
  for (const [range, logits] of [['values', ordinary] as const, ['extremes', EXTREMES] as const]) {
    const shape = [logits.length / 4, 4];
    const soft = logits.map((_, i) => ((i * 37) % 101) / 100);
    const indices = Array.from({ length: logits.length / 4 }, (_, i) => (i % 7 === 6 ? -100 : i % 4));
    for (const activation of ['sigmoid', 'softmax'] as const) {
      for (const gamma of [0, 0.5, 2]) {
        const name = `${activation}, gamma ${gamma}, ${range}`;
        const batch = makeBatch(activation, logits, shape, indices, [shape[0]!], gamma);
        yield { name: `${name}, class indices`, batch };
        // What training requests, for which some backends have separate kernels.
        const outputs = ['loss', 'gradients', 'per_class'] as const;
        yield { name: `${name}, training`, batch: { ...batch, outputs, gradientSquares: false } };
        yield { name: `${name}, soft labels`, batch: makeBatch(activation, logits, shape, soft, shape, gamma) };
      }
      const batch = makeBatch(activation, logits, shape, indices, [shape[0]!], 2);
      yield {
        name: `${activation}, difficulty, ${range}`,
        batch: { ...batch, outputs: [...batch.outputs, 'difficulty'] },
      };
    }
  }
  const equal = new Array<number>(LARGE_SUM_SAMPLES).fill(0.1);
  const repeats = equal.length;
  yield { name: 'large sum', batch: makeBatch('sigmoid', equal, [repeats], equal, [repeats], 2), repeats };
  yield* familyBatches(ordinary);
}

/** So many times as many ordinary values have kernels of their own on some backends. */
const REPEATS = 18;

/** Few batches, each with several options: on a GPU each takes a program of its own. */
function* familyBatches(ordinary: readonly number[]): Generator<SelfTestBatch> {
  const classes = 4;
  const many = Array.from({ length: REPEATS * ordinary.length }, (_, i) => ordinary[i % ordinary.length]!);
  const few = ordinary.slice(0, 60);
  // The gradient of a label has no digits where p is next to it, at 1.1.
  const quality = (logits: readonly number[]) =>
    logits.map((x, i) => (i % 3 === 0 && Math.abs(x - 1.1) > 1 ? 0.75 : 0));
  const indices = (logits: readonly number[]) => Array.from({ length: logits.length / classes }, (_, i) => i % classes);
  const asymmetric = { gamma: { positive: 1, negative: 4 } };
  const training = ['loss', 'gradients', 'per_class', 'elementwise'];
  const weighted = (logits: readonly number[]) => ({
    element_weights: { shape: [logits.length / classes, classes], values: Float32Array.from(logits, (_, i) => i % 5) },
  });
  for (const [name, logits, labels, options, tensors] of [
    [
      'asymmetric loss with a margin, Poly-1 and element weights',
      many,
      indices(many),
      { margin: 0.05, poly_epsilon: 1, outputs: training },
      { ...asymmetric, ...weighted(many) },
    ],
    [
      'varifocal, detached',
      many,
      quality(many),
      { soft_labels: 'varifocal', focusing: 'detached', outputs: training },
      {},
    ],
    [
      'the Hessian of an asymmetric loss with a margin and Poly-1',
      few,
      quality(few),
      { soft_labels: 'termwise', margin: 0.05, poly_epsilon: 1 },
      asymmetric,
    ],
    [
      'matchability, detached Hessian',
      few,
      quality(few),
      { soft_labels: 'matchability', hessian_form: 'detached' },
      {},
    ],
    [
      'softmax with Poly-1, detached',
      few,
      quality(few),
      { activation: 'softmax', poly_epsilon: 1, focusing: 'detached' },
      {},
    ],
    ['softmax, detached Hessian', few, indices(few), { activation: 'softmax', hessian_form: 'detached' }, {}],
  ] as const) {
    const batch = prepare(logits, [logits.length / classes, classes], labels, options, tensors);
    yield { name, batch, repeats: logits === many ? REPEATS : 1 };
  }
}

function makeBatch(
  activation: 'sigmoid' | 'softmax',
  logits: readonly number[],
  shape: readonly number[],
  labels: readonly number[],
  labelShape: readonly number[],
  gamma: number,
): Batch {
  return prepare(logits, shape, labels, { activation }, { gamma }, labelShape);
}

/** @param labelShape by default that of dense labels, or of class indices if there are fewer of them */
function prepare(
  logits: readonly number[],
  shape: readonly number[],
  labels: readonly number[],
  options: object,
  tensors: Partial<BatchTensors>,
  labelShape = labels.length === logits.length ? shape : [labels.length],
): Batch {
  const outputs = ['loss', 'gradients', 'per_class', 'elementwise', 'hessian'];
  const batch = prepareBatch(optionsSchema.parse({ outputs, ...options }), {
    source: 'logits',
    predictions: { format: 'F32', shape, values: Float32Array.from(logits) },
    labels: { shape: labelShape, values: Float64Array.from(labels) },
    ...tensors,
  });
  return { ...batch, gradientSquares: true };
}
