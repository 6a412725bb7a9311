import { type Batch, IGNORED, isIgnoredByte } from '../../../src/loss/batch.ts';
import type { Evaluation } from '../../../src/loss/evaluation.ts';
import { elementCount, firstElement, sampleCount } from '../../../src/loss/tensor.ts';
import { asProbabilities, makeBatch, type NamedBatch, perClass, perElement } from './layout-batches.ts';

/** A batch, the same with invalid predictions wherever none counts, and with the valid ones that give the same results. */
export interface UncountedBatch extends NamedBatch {
  readonly invalid: Batch;
  readonly valid: Batch;
  /** `[outer, classes, inner]` */
  readonly counts: readonly boolean[];
}

const LAYOUTS = [{ shape: [40, 5] }, { shape: [3, 5, 14], axis: 1 }] as const;

/** Each kind of label, activation and source, with ignored labels and weights of 0 for samples, classes and elements. */
export function* uncountedBatches(outputs?: readonly string[]): Generator<UncountedBatch> {
  for (const layout of LAYOUTS) {
    for (const activation of ['sigmoid', 'softmax'] as const) {
      for (const labels of ['index', 'dense', 'soft'] as const) {
        for (const label_smoothing of [0, 0.1]) {
          const options = { activation, label_smoothing, ...(outputs && { outputs }) };
          const logits = makeBatch(layout, labels, options, perClass(layout));
          const name = `${activation}, ${labels}, [${layout.shape}], smoothing ${label_smoothing}`;
          yield uncounted(`${name}, logits`, logits);
          yield uncounted(`${name}, probabilities`, asProbabilities(logits));
          if (labels === 'dense') yield uncounted(`${name}, bytes`, withBytes(logits));
          if (activation === 'softmax') continue;
          const weighted = makeBatch(layout, labels, options, { ...perClass(layout), ...perElement(layout) });
          yield uncounted(`${name}, element weights`, weighted);
        }
      }
    }
  }
}

function withBytes(batch: Batch): Batch {
  const labels = Uint8Array.from(batch.labels, (label) => (label === IGNORED ? 255 : label));
  return { ...batch, labels };
}

/** Numbers that are no logits, and no probabilities, and those to which they are equivalent. */
const INVALID = {
  logits: { values: [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY], valid: [-1e4, -1e4, 1e4] },
  probabilities: { values: [Number.NaN, -0.5, 1.5], valid: [0, 0, 1] },
};

export function uncounted(name: string, batch: Batch): UncountedBatch {
  const counts = countedOneByOne(batch);
  const { values, valid } = INVALID[batch.source];
  const replaced = (by: readonly number[]): Batch => ({
    ...batch,
    predictions: (batch.predictions as Float32Array).map((x, at) => (counts[at] ? x : by[at % by.length]!)),
  });
  return { name, batch, counts, invalid: replaced(values), valid: replaced(valid) };
}

/** An evaluation of which the zeros have no sign, which may be that of what does not count. */
export function unsigned<Results extends Pick<Evaluation, 'arrays'>>(evaluation: Results): Results {
  const arrays = Object.entries(evaluation.arrays).map(([name, values]) => [name, values.map((x) => x + 0)]);
  return { ...evaluation, arrays: Object.fromEntries(arrays) };
}

function countedOneByOne(batch: Batch): boolean[] {
  const { activation, layout, classWeights, sampleWeights, elementWeights, labelSmoothing } = batch;
  const counts = new Array<boolean>(elementCount(layout)).fill(false);
  for (let sample = 0; sample < sampleCount(layout); sample++) {
    if (sampleWeights?.[sample] === 0) continue;
    const places = Array.from({ length: layout.classes }, (_, c) => firstElement(layout, sample) + c * layout.inner);
    const weighted = places.map((place, c) => {
      const y = labelAt(batch, sample, c, place);
      return y !== IGNORED && classWeights[c]! > 0 && (activation === 'sigmoid' || y > 0 || labelSmoothing > 0);
    });
    for (const [c, place] of places.entries()) {
      const isWeighted = elementWeights?.[place] !== 0;
      counts[place] = activation === 'sigmoid' ? weighted[c]! && isWeighted : weighted.includes(true);
    }
  }
  return counts;
}

function labelAt({ labels }: Batch, sample: number, c: number, place: number): number {
  if (labels instanceof Int32Array) return labels[sample] === IGNORED ? IGNORED : Number(labels[sample] === c);
  if (labels instanceof Uint8Array) return isIgnoredByte(labels[place]!) ? IGNORED : labels[place]!;
  return labels[place]!;
}
