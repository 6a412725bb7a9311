import { unpooled } from '../../src/core/allocator.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { readSums } from '../../src/loss/class-sums.ts';
import type { Evaluation } from '../../src/loss/evaluation.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { product, type Tensor } from '../../src/loss/tensor.ts';
import type { Child } from '../harness/child.ts';
import { decode, encode } from './base64-floats.ts';
import type { Values } from './grid.ts';

/** Something that can be asked for values at many logits. */
export type Evaluate = (logits: Float32Array, label: 0 | 1, gamma: number) => Promise<Values>;

/** The ways into the engine that may differ in code: how labels and gamma come, and what is asked for. */
const PATHS_WITH_HESSIAN = ['class indices', 'dense labels', 'gamma per class'] as const;
type PathWithHessian = (typeof PATHS_WITH_HESSIAN)[number];

/** The service's engine, alpha off, undivided, by path. */
export function enginePaths(engine: Engine): Readonly<Record<string, Evaluate>> {
  return {
    ...Object.fromEntries(PATHS_WITH_HESSIAN.map((path) => [path, withHessian(engine, path)])),
    'training, class indices': trainingEvaluator(engine, true),
    'training, dense labels': trainingEvaluator(engine, false),
    'losses by element, class indices, classes first': alongSamplesEvaluator(engine, true),
    'losses by element, dense labels, classes first': alongSamplesEvaluator(engine, false),
  };
}

const BACKGROUND_INDEX = -1;

function withHessian(engine: Engine, path: PathWithHessian): Evaluate {
  return async (logits, label, gamma) => {
    const twice = path === 'gamma per class';
    const classes = twice ? 2 : 1;
    const shape = [logits.length, classes];
    const predictions = unpooled.float32(logits.length * classes);
    for (let i = 0; i < predictions.length; i++) predictions[i] = logits[Math.floor(i / classes)]!;
    const batch = prepareBatch(
      optionsSchema.parse({
        outputs: ['elementwise', 'gradients', 'hessian'],
        reduction: 'none',
        ...(path === 'class indices' && { background_index: BACKGROUND_INDEX }),
      }),
      {
        source: 'logits',
        predictions: { format: 'F32', shape, values: predictions },
        labels: path === 'class indices' ? indices(logits.length, label) : dense(shape, label),
        alpha: null,
        // The other class's gamma, whose answers are not looked at, keeps the two from being taken for one.
        gamma: twice ? { shape: [2], values: Float64Array.of(gamma, gamma + 1) } : gamma,
      },
    );
    const { arrays } = (await engine.evaluate(batch)) as Evaluation;
    const first = (values: Float32Array) => (twice ? values.filter((_, i) => i % 2 === 0) : values);
    return {
      loss: first(arrays.elementwise!),
      gradient: first(arrays.gradients!),
      hessian: first(arrays.hessian!),
    };
  };
}

/**
 * What training asks for, which the engine may compute otherwise: of one sample, so that a class's loss is an element's. By
 * class indices only one class of a sample can be positive, so that positives are dense.
 */
function trainingEvaluator(engine: Engine, byIndex: boolean): Evaluate {
  return async (logits, label, gamma) => {
    const labels = byIndex && label === 0 ? indices(1, 0) : dense([1, logits.length], label);
    const { arrays, sums } = await evaluateLogits(engine, [1, logits.length], logits, labels, gamma, 'per_class');
    return { loss: readSums(sums, label === 1 ? 'positive' : 'negative', 'loss'), gradient: arrays.gradients! };
  };
}

/** One class, whose samples are contiguous. */
function alongSamplesEvaluator(engine: Engine, byIndex: boolean): Evaluate {
  return async (logits, label, gamma) => {
    const shape = [1, 1, logits.length];
    const labels = byIndex ? { ...indices(logits.length, label), shape: [1, logits.length] } : dense(shape, label);
    const { arrays } = await evaluateLogits(engine, shape, logits, labels, gamma, 'elementwise');
    return { loss: arrays.elementwise!, gradient: arrays.gradients! };
  };
}

async function evaluateLogits(
  engine: Engine,
  shape: readonly number[],
  logits: Float32Array,
  labels: Tensor,
  gamma: number,
  losses: 'per_class' | 'elementwise',
): Promise<Evaluation> {
  const predictions = unpooled.float32(logits.length);
  predictions.set(logits);
  const batch = prepareBatch(
    optionsSchema.parse({
      outputs: ['gradients', losses],
      reduction: 'none',
      class_axis: 1,
      ...(labels.values instanceof Int32Array && { background_index: BACKGROUND_INDEX }),
    }),
    { source: 'logits', predictions: { format: 'F32', shape, values: predictions }, labels, alpha: null, gamma },
  );
  return (await engine.evaluate(batch)) as Evaluation;
}

function indices(samples: number, label: 0 | 1): Tensor {
  return { shape: [samples], values: unpooled.int32(samples).fill(label === 1 ? 0 : BACKGROUND_INDEX) };
}

function dense(shape: readonly number[], label: 0 | 1): Tensor {
  return { shape, values: unpooled.float32(product(shape)).fill(label) };
}

/** A library in Python. */
export function competitorEvaluator(
  competitor: Child,
): (logits: Float32Array, label: number, gamma: number) => Promise<Values> {
  return async (logits, label, gamma) => {
    const { loss, gradient, hessian } = await competitor.ask({ logits: encode(logits), label, gamma });
    return { loss: decode(loss), gradient: decode(gradient), hessian: decode(hessian) };
  };
}
