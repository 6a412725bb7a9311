import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import { product } from '../../../../src/loss/tensor.ts';
import { logitsBatch, run } from '../../../helpers/engine/batches.ts';
import { conforms } from '../../../helpers/engine/conformance.ts';
import { gradientTerms } from '../../../helpers/engine/gradient-terms.ts';
import { numbers } from '../../../helpers/engine/sweeps.ts';
import { ofFewElements, TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// Batches that are long enough for the float32 kernels, with lanes along classes and along samples, whose last vectors are not full.

await wasmBackend.start();

const LAYOUTS = [
  { shape: [700, 13], axis: 1 },
  { shape: [3, 5, 601], axis: 1 },
  { shape: [9001, 1], axis: 1 },
];
const OUTPUTS = ['loss', 'gradients', 'per_class', 'elementwise'];
const ALL_OUTPUTS = [...OUTPUTS, 'difficulty'];
const CANDIDATE = { evaluate: run, tolerance: ofFewElements(TOLERANCES.wasm) };

/** Sizes of element weights: those that float32 holds after all factors, and those that it does not. */
const SCALES = { usual: 1, small: 1e-6, large: 1e7, 'too small': 1e-12, 'too large': 1e20 };

for (const [labels, options, tensors] of [
  ['index', {}, {}],
  ['index', { label_smoothing: 0.1 }, {}],
  ['index', {}, { gamma: 3.7 }],
  ['index', { outputs: ['loss', 'per_class'] }, { gamma: 0.3 }],
  ['dense', { outputs: ['gradients'] }, {}],
  ['dense', { outputs: ALL_OUTPUTS }, { gamma: 1 }],
  ['soft', { outputs: ALL_OUTPUTS }, {}],
  ['soft', {}, { gamma: 1.5 }],
] as const) {
  const name = JSON.stringify({ labels, ...options, ...tensors });
  test(`${name}: right with weights of any size, alone and beside sample weights`, async (t) => {
    let worst = 0;
    for (const { shape, axis } of LAYOUTS) {
      const next = numbers(product(shape));
      const classes = shape[axis]!;
      const perSample = shape.toSpliced(axis, 1);
      // Some are beyond what the float32 kernels evaluate.
      const logits = Float32Array.from({ length: product(shape) }, () => (next() - 0.5) * (next() < 0.01 ? 400 : 30));
      const byIndex = labels === 'index' && classes > 1;
      const labelShape = byIndex ? perSample : shape;
      const labelValues = Float64Array.from({ length: product(labelShape) }, () => {
        const draw = next();
        if (draw < 0.05) return -100;
        if (byIndex) return draw < 0.2 ? classes : Math.floor(next() * classes);
        return labels === 'soft' && draw < 0.4 ? next() : Number(next() < 0.2);
      });
      const background = byIndex ? { background_index: classes } : {};
      const samples = Float64Array.from({ length: product(perSample) }, () => Math.floor(next() * 5) / 4);
      for (const [size, scale] of Object.entries(SCALES)) {
        const elements = Float64Array.from(logits, () => (next() < 0.2 ? 0 : scale * (0.3 + next())));
        for (const sample_weights of [undefined, { shape: perSample, values: samples }]) {
          const element_weights = { shape, values: elements };
          const given = { ...tensors, element_weights, sample_weights };
          const all = { class_axis: axis, normalizer: 'weights', outputs: OUTPUTS, ...background, ...options };
          const batch = logitsBatch(shape, logits, labelShape, labelValues, given, all);
          const what = `[${shape}], ${size}${sample_weights ? ', sample weights' : ''}`;
          worst = Math.max(worst, await conforms(CANDIDATE, batch, what, { gradients: gradientTerms(batch) }));
        }
      }
    }
    t.diagnostic(`worst relative error ${worst.toExponential(1)}`);
  });
}
