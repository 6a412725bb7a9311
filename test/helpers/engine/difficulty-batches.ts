import type { Batch } from '../../../src/loss/batch.ts';
import { BINS } from '../../../src/loss/difficulty.ts';
import { logitsBatch } from './batches.ts';
import { allows, asProbabilities, makeBatch, type NamedBatch, perClass } from './layout-batches.ts';
import { realBatches } from './request-batches.ts';

const LAYOUTS = [
  { shape: [9, 4] },
  { shape: [5, 1] },
  { shape: [30, 257] },
  { shape: [2, 3, 8], axis: 1 },
  { shape: [6, 5, 3], axis: 0 },
];

/** Batches that ask for `difficulty`: every layout and kind of label, every form, and p_t at the edges of bins. */
export function* difficultyBatches(): Generator<NamedBatch> {
  for (const [name, batch] of Object.entries(realBatches())) yield { name, batch: asking(batch) };
  for (const activation of ['sigmoid', 'softmax']) {
    for (const labels of ['index', 'dense', 'soft'] as const) {
      for (const layout of LAYOUTS.filter((shape) => allows(activation, shape))) {
        const batch = makeBatch(layout, labels, { activation, outputs: ['difficulty'] });
        yield { name: `${activation}, ${labels}, [${layout.shape}]`, batch };
      }
    }
    for (const soft_labels of ['interpolated', 'termwise', ...(activation === 'sigmoid' ? ['quality'] : [])]) {
      const options = { activation, soft_labels, label_smoothing: 0.1, outputs: ['difficulty', 'loss'] };
      const batch = makeBatch({ shape: [11, 5] }, 'soft', options, perClass({ shape: [11, 5] }));
      yield { name: `${activation}, ${soft_labels}`, batch };
      yield { name: `${activation}, ${soft_labels}, probabilities`, batch: asProbabilities(batch) };
    }
    yield* edges(activation);
  }
}

/** The same with `difficulty`. */
export function asking(batch: Batch): Batch {
  return { ...batch, outputs: [...batch.outputs, 'difficulty'] };
}

function* edges(activation: string): Generator<NamedBatch> {
  const options = { activation, outputs: ['difficulty'] };
  for (const classes of [2, 4, 5, 10, 20]) {
    const name = `${activation}, ${classes} equal logits`;
    for (const logit of [0, 1.3, -77]) {
      const logits = new Array<number>(3 * classes).fill(logit);
      const labels = [0, classes - 1, -100];
      yield { name: `${name} of ${logit}`, batch: logitsBatch([3, classes], logits, [3], labels, {}, options) };
    }
  }
  const at = Float32Array.from({ length: BINS + 1 }, (_, bin) => bin / BINS);
  const shape = [at.length, 2];
  const rows = Float32Array.from({ length: 2 * at.length }, (_, i) => (i % 2 ? 1 - at[(i - 1) / 2]! : at[i / 2]!));
  const labels = Array.from(at, (_, bin) => bin % 2);
  for (const epsilon of [1e-7, 0.05, 0.1]) {
    const batch = logitsBatch(shape, rows, [at.length], labels, {}, { ...options, epsilon });
    yield {
      name: `${activation}, probabilities at the edges, epsilon ${epsilon}`,
      batch: { ...batch, source: 'probabilities' },
    };
  }
}
