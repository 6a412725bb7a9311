import { unpooled } from '../../src/core/allocator.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { readSums } from '../../src/loss/class-sums.ts';
import type { Evaluation } from '../../src/loss/evaluation.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import type { Tensor } from '../../src/loss/tensor.ts';
import type { Child } from '../harness/child.ts';
import { decode, encode } from './base64-floats.ts';
import type { Values } from './grid.ts';

/** Something that can be asked for values at many logits. */
export type Evaluate = (logits: Float32Array, label: 0 | 1, gamma: number) => Promise<Values>;

/** The ways into the engine that may differ in code: how labels and gamma come, and what is asked for. */
export const ENGINE_PATHS = ['class indices', 'dense labels', 'gamma per class', 'training'] as const;
export type EnginePath = (typeof ENGINE_PATHS)[number];

const BACKGROUND_INDEX = -1;

/** The service's engine, alpha off, undivided. */
export function engineEvaluator(engine: Engine, path: EnginePath): Evaluate {
  if (path === 'training') return trainingEvaluator(engine);
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

/** What training asks for, which the engine may compute otherwise: of one sample, so that a class's loss is an element's. */
function trainingEvaluator(engine: Engine): Evaluate {
  return async (logits, label, gamma) => {
    const classes = logits.length;
    const shape = [1, classes];
    const predictions = unpooled.float32(classes);
    predictions.set(logits);
    const batch = prepareBatch(
      optionsSchema.parse({
        outputs: ['gradients', 'per_class'],
        reduction: 'none',
        ...(label === 0 && { background_index: BACKGROUND_INDEX }),
      }),
      {
        source: 'logits',
        predictions: { format: 'F32', shape, values: predictions },
        labels: label === 0 ? indices(1, 0) : dense(shape, 1),
        alpha: null,
        gamma,
      },
    );
    const { arrays, sums } = (await engine.evaluate(batch)) as Evaluation;
    const side = label === 1 ? 'positive' : 'negative';
    return {
      loss: readSums(sums, side, 'loss'),
      gradient: arrays.gradients!,
    };
  };
}

function indices(samples: number, label: 0 | 1): Tensor {
  return { shape: [samples], values: unpooled.int32(samples).fill(label === 1 ? 0 : BACKGROUND_INDEX) };
}

function dense(shape: readonly number[], label: 0 | 1): Tensor {
  return { shape, values: unpooled.float32(shape[0]! * shape[1]!).fill(label) };
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
