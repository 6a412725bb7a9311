import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countedPlaces } from '../../src/loss/counted-places.ts';
import { logitsBatch } from '../helpers/engine/batches.ts';

// Against the definition, element by element: docs/reference/semantics.md.

const [OUTER, CLASSES, INNER] = [2, 3, 2];
const SHAPE = [OUTER, CLASSES, INNER];
const SAMPLES = OUTER * INNER;
const ELEMENTS = SAMPLES * CLASSES;
const IGNORED = -100;

const weights = (length: number) =>
  fc.option(fc.array(fc.constantFrom(0, 1, 2), { minLength: length, maxLength: length }), { nil: undefined });
const labels = fc.oneof(
  fc.record({
    form: fc.constant('indices' as const),
    values: fc.array(fc.constantFrom(IGNORED, 0, 1, 2), { minLength: SAMPLES, maxLength: SAMPLES }),
  }),
  fc.record({
    form: fc.constant('dense' as const),
    values: fc.array(fc.constantFrom(IGNORED, 0, 1), { minLength: ELEMENTS, maxLength: ELEMENTS }),
  }),
);
const batches = fc.record({
  labels,
  sampleWeights: weights(SAMPLES),
  elementWeights: weights(ELEMENTS),
  classWeights: weights(CLASSES),
  smoothing: fc.constantFrom(0, 0.1),
});

for (const activation of ['sigmoid', 'softmax'] as const) {
  test(`${activation}: a prediction counts unless it is ignored or has no weight`, () => {
    fc.assert(
      fc.property(batches, (given) => {
        const { labels, sampleWeights, classWeights, smoothing } = given;
        const elementWeights = activation === 'sigmoid' ? given.elementWeights : undefined;
        const batch = logitsBatch(
          SHAPE,
          new Array(ELEMENTS).fill(0),
          labels.form === 'indices' ? [OUTER, INNER] : SHAPE,
          labels.values,
          {
            ...(sampleWeights && {
              sample_weights: { shape: [OUTER, INNER], values: Float32Array.from(sampleWeights) },
            }),
            ...(elementWeights && { element_weights: { shape: SHAPE, values: Float32Array.from(elementWeights) } }),
            ...(classWeights && { class_weights: { shape: [CLASSES], values: Float64Array.from(classWeights) } }),
          },
          { activation, class_axis: 1, label_smoothing: smoothing, outputs: ['loss'] },
        );
        const countsAt = countedPlaces(batch) ?? (() => true);
        const labelAt = (o: number, c: number, i: number) => {
          if (labels.form === 'dense') return labels.values[(o * CLASSES + c) * INNER + i]!;
          const index = labels.values[o * INNER + i]!;
          return index === IGNORED ? IGNORED : Number(index === c);
        };
        const weightOf = (c: number) => classWeights?.[c] ?? 1;
        for (let o = 0; o < OUTER; o++) {
          for (let i = 0; i < INNER; i++) {
            const sample = o * INNER + i;
            const isWeighted = (sampleWeights?.[sample] ?? 1) !== 0;
            const isNamed = [0, 1, 2].some((c) => {
              const label = labelAt(o, c, i);
              return weightOf(c) !== 0 && (smoothing > 0 ? label >= 0 : label > 0);
            });
            for (let c = 0; c < CLASSES; c++) {
              const element = (o * CLASSES + c) * INNER + i;
              const ownWeight = weightOf(c) * (elementWeights?.[element] ?? 1);
              const expected =
                isWeighted && (activation === 'softmax' ? isNamed : ownWeight !== 0 && labelAt(o, c, i) !== IGNORED);
              assert.equal(countsAt(element, sample, c), expected, `sample ${sample}, class ${c}`);
            }
          }
        }
      }),
      { seed: 7, numRuns: 400 },
    );
  });
}
