import { allows, asProbabilities, makeBatch, type NamedBatch, SHAPES } from './layout-batches.ts';

const OUTPUTS = ['posterior', 'calibration', 'per_class', 'gradients'];

/** Runs of an odd length; runs of one slice with many classes; several boxes of slices; and a box for each sample. */
const LARGE_SHAPES = [
  { shape: [1, 2, 9_001], axis: 1 },
  { shape: [1, 2_000, 18], axis: 1 },
  { shape: [20_001, 1] },
  { shape: [2, 17_000] },
];

/** Batches that ask for the posterior and its calibration: every layout and kind of label, of logits and probabilities. */
export function* posteriorBatches(): Generator<NamedBatch> {
  for (const activation of ['sigmoid', 'softmax']) {
    const soft_labels = activation === 'sigmoid' ? 'termwise' : 'interpolated';
    for (const shape of LARGE_SHAPES.filter((shape) => allows(activation, shape))) {
      yield {
        name: `${activation}, [${shape.shape}]`,
        batch: makeBatch(shape, 'index', { activation, outputs: OUTPUTS }),
      };
    }
    for (const shape of SHAPES.filter((shape) => allows(activation, shape))) {
      for (const labels of ['index', 'dense', 'soft'] as const) {
        const batch = makeBatch(shape, labels, { activation, soft_labels, outputs: OUTPUTS });
        const name = `${activation}, ${labels}, [${shape.shape}]`;
        yield { name, batch };
        yield { name: `${name}, probabilities`, batch: asProbabilities(batch) };
      }
    }
    for (const classes of [4, 5]) {
      const values = (scale: number) => Float64Array.from({ length: classes }, (_, c) => scale * (c % 4));
      const tensors = {
        gamma: { shape: [classes], values: values(1.5) },
        alpha: { shape: [classes], values: values(0.2).map((alpha) => alpha + 0.1) },
      };
      for (const shape of [{ shape: [13, classes] }, { shape: [3, classes, 7], axis: 1 }]) {
        const batch = makeBatch(shape, 'index', { activation, outputs: OUTPUTS }, tensors);
        yield { name: `${activation}, options for each class, [${shape.shape}]`, batch };
      }
    }
    const gammas = { gamma: 0 };
    yield {
      name: `${activation}, gamma 0`,
      batch: makeBatch({ shape: [9, 5] }, 'index', { activation, outputs: OUTPUTS }, gammas),
    };
  }
}
