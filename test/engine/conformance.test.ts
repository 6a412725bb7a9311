import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepsOf } from '../../src/engine/ladder.ts';
import type { RungName } from '../../src/engine/rung.ts';
import { startEngine } from '../../src/engine/worker-pool.ts';
import type { Evaluation } from '../../src/loss/evaluation.ts';
import { LOGITS } from './accuracy.ts';
import { logitsBatch, SMALLEST_NORMAL } from './batches.ts';
import { againstLargest, conforms, conformsToGolden, type Evaluate } from './conformance.ts';
import { optionBatches, softBatches } from './conformance-batches.ts';
import { asking, difficultyBatches } from './difficulty-batches.ts';
import { sigmoidHessianTerms, softmaxHessianTerms, softmaxRows } from './hard-magnitudes.ts';
import { makeBatch } from './layout-batches.ts';
import { batchOfRequest, type Nested, readFixture, realBatches } from './request-batches.ts';

// What every rung has to show, in the thread that would serve. Those that this machine lacks are skipped, and say why.

const RUNGS: readonly RungName[] = ['wasm', 'tensorflow', 'cuda', 'webgpu'];
const WORKER = new URL('./conformance-worker.ts', import.meta.url).href;
const GAMMAS = [0, 0.25, 0.5, 1, 2, 3.7, 10];
/** TensorFlow's CPU device takes subnormal numbers for 0. */
const NORMAL_LOGITS = LOGITS.filter((x) => x === 0 || Math.abs(x) >= SMALLEST_NORMAL);

const verdicts: string[] = [];
for (const name of RUNGS) {
  test(`conformance of ${name}`, async (t) => {
    const missing = stepsOf(name)[0]!.missing(true);
    if (missing !== undefined) {
      verdicts.push(`${name} skipped (${missing})`);
      t.skip(missing);
      return;
    }
    const engine = startEngine({ engine: name, threads: 1, queueLimit: 8 }, WORKER);
    try {
      const started = await engine.ready.catch((error: Error) => error);
      if (started instanceof Error) {
        // A package without a device for it is no fault of the rung's; all else is.
        if (!/no GPU adapter was found/.test(started.message)) throw started;
        verdicts.push(`${name} skipped (no GPU adapter)`);
        t.skip(started.message);
        return;
      }
      const { device } = started;
      const evaluate: Evaluate = async (batch) => {
        const { queueMs, computeMs, ...evaluation } = await engine.evaluate(batch);
        return evaluation as Evaluation;
      };
      let worst = 0;
      for (const [what, check] of Object.entries(CHECKS)) {
        await t.test(what, async () => {
          for await (const error of check(evaluate)) worst = Math.max(worst, error);
        });
      }
      verdicts.push(`${name} ran on ${device}, worst relative error ${worst.toExponential(1)}`);
    } finally {
      await engine.close();
    }
  });
}

test('which rungs ran', (t) => {
  t.diagnostic(`conformance: ${verdicts.join('; ')}`);
});

const CHECKS: Readonly<Record<string, (evaluate: Evaluate) => AsyncGenerator<number>>> = {
  async *'60-digit arithmetic'(evaluate) {
    type Case = { readonly request: Record<string, unknown>; readonly expect: Record<string, Nested> };
    const { cases } = readFixture<{ cases: Case[] }>('golden.json');
    for (const { request, expect } of cases) {
      const batch = batchOfRequest(request);
      conformsToGolden(batch, await evaluate(batch), expect);
      yield 0; // Measured against a float64, some of these are smaller than its error.
    }
  },

  async *'real predictions'(evaluate) {
    for (const [name, batch] of Object.entries(realBatches())) {
      yield await conforms(evaluate, batch, name, againstLargest(batch, ['hessian']));
    }
  },

  async *'extremes under sigmoid'(evaluate) {
    const shape = [NORMAL_LOGITS.length];
    for (const gamma of GAMMAS) {
      for (const label of [0, 1]) {
        const labels = new Array<number>(NORMAL_LOGITS.length).fill(label);
        const batch = logitsBatch(shape, NORMAL_LOGITS, shape, labels, { gamma, alpha: 0.25 }, { reduction: 'sum' });
        const hessian = Float64Array.from(NORMAL_LOGITS, (x) => sigmoidHessianTerms(x, label, gamma));
        yield await conforms(evaluate, batch, `gamma ${gamma}, label ${label}`, { hessian });
      }
    }
  },

  async *'extremes under softmax'(evaluate) {
    for (const gamma of GAMMAS) {
      for (const classes of [2, 3, 33]) {
        const { logits, labels } = softmaxRows(classes);
        const options = { activation: 'softmax', reduction: 'sum' };
        const batch = logitsBatch([labels.length, classes], logits, [labels.length], labels, { gamma }, options);
        const hessian = new Float64Array(logits.length);
        for (const [row, label] of labels.entries()) {
          const terms = softmaxHessianTerms(logits.subarray(row * classes, (row + 1) * classes), label, gamma);
          hessian.set(terms, row * classes);
        }
        yield await conforms(evaluate, batch, `gamma ${gamma}, ${classes} classes`, { hessian });
      }
    }
  },

  async *'layouts, labels and options'(evaluate) {
    for (const { name, batch } of optionBatches()) {
      yield await conforms(evaluate, batch, name, againstLargest(batch, ['gradients', 'hessian']));
    }
  },

  async *'soft labels and probabilities'(evaluate) {
    for (const { name, batch, magnitudes } of softBatches()) yield await conforms(evaluate, batch, name, magnitudes);
  },

  async *difficulty(evaluate) {
    for (const { name, batch } of difficultyBatches()) yield await conforms(evaluate, batch, name);
  },

  async *'a large sum'(evaluate) {
    const equal = new Float32Array(3_000_000).fill(0.1);
    const batch = logitsBatch([equal.length], equal, [equal.length], equal, {}, { outputs: ['loss'] });
    yield await conforms(evaluate, batch, '3 000 000 equal terms');
  },

  async *'the same bytes again'(evaluate) {
    for (const activation of ['sigmoid', 'softmax']) {
      for (const labels of ['index', 'soft'] as const) {
        const batch = asking(makeBatch({ shape: [9000, 40] }, labels, { activation }));
        const first = await evaluate(batch);
        for (let run = 0; run < 3; run++) assert.deepEqual(await evaluate(batch), first);
        yield 0;
      }
    }
  },
};
