import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import { BIN_FIELDS, BINS } from '../../../../src/loss/difficulty.ts';
import type { BatchTensors } from '../../../../src/loss/prepare-batch.ts';
import { product } from '../../../../src/loss/tensor.ts';
import { logitsBatch, referenceEvaluation, run } from '../../../helpers/engine/batches.ts';
import { worstError } from '../../../helpers/engine/conformance.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// Logits as near to the edges of the bins of `difficulty` as float32 allows. Every element is in the bin of its float64 p, whatever
// kernel evaluates it, and so is what it adds to the sums of the bin.

await wasmBackend.start();

const LAYOUTS = [
  { shape: [820, 5] },
  { shape: [420, 10] },
  { shape: [60, 82] },
  { shape: [30, 150] },
  { shape: [4133, 1] },
  { shape: [2, 3, 701], axis: 1 },
];

/** Options, with the kinds of labels that they allow. */
const SIGMOID: readonly (readonly [options: object, tensors?: Partial<BatchTensors>, kinds?: readonly Kind[]])[] = [
  [{}],
  [{}, { gamma: 0 }],
  [{}, { gamma: 1.3 }],
  [{}, { gamma: 4.5 }],
  [{ label_smoothing: 0.1 }],
  [{ label_smoothing: 1e-8 }],
  [{ soft_labels: 'termwise' }],
  [{ soft_labels: 'quality' }],
  [{ soft_labels: 'varifocal' }],
  [{ soft_labels: 'matchability' }, { gamma: 1.5 }],
  [{ focusing: 'detached' }],
  [{ hessian_form: 'detached' }],
  [{ margin: 0.05 }, {}, ['index', 'hard']],
  [{ poly_epsilon: 1 }, {}, ['index', 'hard']],
  [{}, { gamma: { positive: 1, negative: 4 } }, ['index', 'hard']],
  [{ soft_labels: 'termwise', margin: 0.3, poly_epsilon: 2 }, { gamma: { positive: 0, negative: 2 } }],
];

const KINDS = ['index', 'hard', 'soft'] as const;
type Kind = (typeof KINDS)[number];

test('sigmoid', async () => {
  for (const [options, tensors, kinds = KINDS] of SIGMOID) {
    const given = { activation: 'sigmoid', ...options };
    for (const layout of LAYOUTS) {
      for (const kind of kinds) await agrees(layout, kind, given, tensors, logitsAtEdges);
    }
  }
});

const SOFTMAX = [
  {},
  { label_smoothing: 0.1 },
  { label_smoothing: 1e-8 },
  { poly_epsilon: 1 },
  { focusing: 'detached' },
  { hessian_form: 'detached' },
];

test('softmax', async () => {
  for (const options of SOFTMAX) {
    for (const gamma of [0, 2, 1.3]) {
      for (const layout of LAYOUTS.filter(({ shape }) => shape.at(-1) !== 1)) {
        for (const kind of KINDS) {
          await agrees(layout, kind, { activation: 'softmax', ...options }, { gamma }, rowsAtEdges);
        }
      }
    }
  }
});

type Layout = (typeof LAYOUTS)[number];

async function agrees(
  layout: Layout,
  kind: Kind,
  options: object,
  tensors: Partial<BatchTensors> = {},
  logitsOf: (layout: Layout) => Float32Array,
): Promise<void> {
  const { shape, axis = -1 } = layout;
  const perSample = shape.toSpliced(axis, 1);
  const labelShape = kind === 'index' ? perSample : shape;
  const labels = Array.from({ length: product(labelShape) }, (_, i) => LABELS[kind](i, shape.at(axis)!));
  const withOutputs = { outputs: ['loss', 'gradients', 'difficulty'], class_axis: axis, ...options };
  const batch = logitsBatch(shape, logitsOf(layout), labelShape, labels, tensors, withOutputs);
  const name = `[${shape}], ${kind} labels, ${JSON.stringify({ ...options, gamma: tensors.gamma })}`;
  const [actual, expected] = [(await run(batch)).bins!, referenceEvaluation(batch).bins!];
  assert.deepEqual(countsOf(actual), countsOf(expected), name);
  worstError(actual, expected, TOLERANCES.wasm.totalsOfFew, name);
}

const LABELS: Readonly<Record<Kind, (i: number, classes: number) => number>> = {
  index: (i, classes) => (classes === 1 ? i % 2 : i % classes),
  hard: (i) => [0, 1, 0, 0, 1, -100][i % 6]!,
  soft: (i) => [0, 0.35, 1, 0.9, 0, 1e-3, -100][i % 7]!,
};

function countsOf(bins: Float64Array): Float64Array {
  return bins.filter((_, i) => i % BIN_FIELDS.length === 0);
}

/** For each edge in turn the logits with that p, by steps of a float32 about it. */
function logitsAtEdges({ shape }: Layout): Float32Array {
  return Float32Array.from({ length: product(shape) }, (_, i) => {
    const p = (1 + (i % (BINS - 1))) / BINS;
    return besides(Math.log(p) - Math.log1p(-p), Math.floor(i / (BINS - 1)) % 9);
  });
}

/** Samples of equal logits but for one, whose p is at an edge. */
function rowsAtEdges({ shape, axis = -1 }: Layout): Float32Array {
  const classes = shape.at(axis)!;
  const inner = axis === -1 ? 1 : product(shape.slice(axis + 1));
  return Float32Array.from({ length: product(shape) }, (_, i) => {
    const c = Math.floor(i / inner) % classes;
    const sample = Math.floor(i / (inner * classes)) * inner + (i % inner);
    if (c !== sample % classes) return 0;
    const p = (1 + (sample % (BINS - 1))) / BINS;
    return besides(Math.log(p) - Math.log1p(-p) + Math.log(classes - 1), Math.floor(sample / (BINS - 1)) % 9);
  });
}

function besides(x: number, step: number): number {
  const ulp = 2 ** (Math.floor(Math.log2(Math.max(1e-3, Math.abs(x)))) - 23);
  return Math.fround(x) + (step - 4) * ulp;
}
