import { unpooled } from '../../src/core/allocator.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { readSums } from '../../src/loss/class-sums.ts';
import type { Evaluation } from '../../src/loss/evaluation.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import type { Child } from '../harness/child.ts';
import { competitorEvaluator } from './evaluators.ts';
import type { Values } from './grid.ts';
import { type SoftKind, smoothed } from './soft-grid.ts';

/** Asks for values at many logits, all of one label. */
export type EvaluateSoft = (logits: Float32Array, label: number, gamma: number, kind: SoftKind) => Promise<Values>;

/** The ways into the engine that may differ in code. */
export const SOFT_PATHS = ['losses by element', 'training', 'training, classes first'] as const;

export function softEngine(engine: Engine, path: (typeof SOFT_PATHS)[number]): EvaluateSoft {
  switch (path) {
    case 'losses by element':
      return async (...asked) => {
        const { arrays } = await evaluate(engine, [asked[0].length], ['elementwise', 'gradients'], ...asked);
        return { loss: arrays.elementwise!, gradient: arrays.gradients! };
      };
    case 'training': // Of one sample, so that a class's loss is an element's.
      return async (...asked) => {
        const { arrays, sums } = await evaluate(engine, [1, asked[0].length], ['gradients', 'per_class'], ...asked);
        const negative = readSums(sums, 'negative', 'loss');
        return {
          loss: readSums(sums, 'positive', 'loss').map((loss, c) => loss + negative[c]!),
          gradient: arrays.gradients!,
        };
      };
    case 'training, classes first':
      return async (...asked) => {
        const { arrays } = await evaluate(engine, [1, 1, asked[0].length], ['gradients', 'per_class'], ...asked);
        return { gradient: arrays.gradients! };
      };
  }
}

async function evaluate(
  engine: Engine,
  shape: number[],
  outputs: Batch['outputs'],
  logits: Float32Array,
  label: number,
  gamma: number,
  { form, smoothing }: SoftKind,
): Promise<Evaluation> {
  const predictions = unpooled.float32(logits.length);
  predictions.set(logits);
  const batch = prepareBatch(
    optionsSchema.parse({
      outputs,
      reduction: 'none',
      soft_labels: form,
      label_smoothing: smoothing,
      ...(shape.length > 1 && { class_axis: 1 }),
    }),
    {
      source: 'logits',
      predictions: { format: 'F32', shape, values: predictions },
      labels: { shape, values: unpooled.float32(logits.length).fill(label) },
      alpha: null,
      gamma,
    },
  );
  return (await engine.evaluate(batch)) as Evaluation;
}

/** A library in Python, which gets the smoothed label. */
export function softCompetitor(competitor: Child): EvaluateSoft {
  const ask = competitorEvaluator(competitor);
  return (logits, label, gamma, { smoothing }) => ask(logits, smoothed(label, smoothing), gamma);
}
