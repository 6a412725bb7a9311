import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../src/engine/backends/wasm/wasm-backend.ts';
import { planCalls } from '../../src/engine/kernel-calls.ts';
import type { HyperParameters } from '../../src/loss/hyper-parameters.ts';
import { logitsBatch } from '../helpers/engine/batches.ts';
import { bothSides } from '../helpers/loss/plain-loss.ts';

// How the evaluations of a sweep are divided among the kernels of `wasm`.

const logits = new Float32Array(8192);
const batchOf = (label: number, options: object) => ({
  ...logitsBatch([4096, 2], logits, [4096, 2], new Float32Array(8192).fill(label), {}, { outputs: [], ...options }),
  gradientSquares: true,
});

/** So many α of so many γ: multiples of ½, or other numbers. */
function pairs(gammas: number, alphas: number, step = 0.5): HyperParameters[] {
  return Array.from({ length: gammas * alphas }, (_, i) => {
    const alpha = new Float64Array(2).fill(1 + (i % alphas));
    return {
      gamma: bothSides(new Float64Array(2).fill(step * Math.floor(i / alphas))),
      alpha: { positive: alpha, negative: alpha },
    };
  });
}

function sizes(...plan: Parameters<typeof planCalls>): (readonly [number, string | undefined])[] {
  return planCalls(...plan).map(({ evaluations, sweep }) => [evaluations.length, sweep] as const);
}

test('under sigmoid up to 16 gammas share a call, with up to 64 evaluations', () => {
  assert.deepEqual(sizes(batchOf(0.5, {}), pairs(20, 3), false, wasmBackend), [
    [48, 'soft'],
    [12, 'soft'],
  ]);
  assert.deepEqual(sizes(batchOf(0.5, {}), pairs(1, 100), false, wasmBackend), [
    [64, 'soft'],
    [36, 'soft'],
  ]);
  assert.deepEqual(sizes(batchOf(0.5, { soft_labels: 'termwise' }), pairs(6, 3), false, wasmBackend), [[18, 'soft']]);
  assert.deepEqual(sizes(batchOf(0, {}), pairs(17, 1, 0.25), true, wasmBackend), [
    [9, 'hard'],
    [8, 'soft'],
  ]);
});

test('with many classes fewer evaluations share a call', () => {
  const batch = batchOf(0.5, {});
  const layout = { ...batch.layout, classes: 512 };
  assert.deepEqual(sizes({ ...batch, layout }, pairs(1, 40), false, wasmBackend), [
    [32, 'soft'],
    [8, 'soft'],
  ]);
});

test('under softmax up to 16 evaluations share a call', () => {
  assert.deepEqual(sizes(batchOf(0, { activation: 'softmax' }), pairs(6, 3), false, wasmBackend), [
    [16, 'soft'],
    [2, 'soft'],
  ]);
});

test('under softmax so do those with smoothed labels', () => {
  const smoothed = batchOf(0, { activation: 'softmax', label_smoothing: 0.1 });
  assert.deepEqual(sizes(smoothed, pairs(6, 3), false, wasmBackend), [
    [16, 'soft'],
    [2, 'soft'],
  ]);
});

test('what is no sweep is left to the other kernels', () => {
  const batch = { ...batchOf(0, {}), gradientSquares: false };
  assert.deepEqual(sizes(batch, pairs(1, 1), false, wasmBackend), [[1, undefined]]);
});
