import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import { logitsBatch, pseudorandom, referenceEvaluation, run } from '../../../helpers/engine/batches.ts';

// The float32 kernels of softmax take the bins of `difficulty` as well. Their accuracy is tested with that of other results.

await wasmBackend.start();

const OUTPUTS = ['loss', 'gradients', 'per_class', 'elementwise'] as const;
const WITH_DIFFICULTY = [...OUTPUTS, 'difficulty'] as const;

test('difficulty changes no other result', async () => {
  const random = pseudorandom(17); // With other logits one may be near an edge, and its sample is float64.
  for (const shape of [
    [500, 3],
    [500, 19],
    [203, 80],
    [2, 19, 212],
  ]) {
    const perSample = shape.toSpliced(1, 1);
    const samples = perSample.reduce((product, size) => product * size, 1);
    const logits = Float32Array.from({ length: samples * shape[1]! }, () => 8 * random.next().value);
    const labels = Array.from({ length: samples }, (_, i) => (i * 7) % shape[1]!);
    const options = { activation: 'softmax', class_axis: 1, outputs: OUTPUTS };
    const batch = logitsBatch(shape, logits, perSample, labels, {}, options);
    const { arrays } = await run(batch);
    assert.deepEqual((await run({ ...batch, outputs: WITH_DIFFICULTY })).arrays, arrays, `[${shape}]`);
  }
});

test('a sample near an edge counts once, also if the last samples are ignored', async () => {
  const [samples, classes] = [4, 24];
  const atEdge = Math.fround(Math.log(0.1 / 0.9) + Math.log(classes - 1)); // p = 1/10
  for (const ignored of [0, 1, 4]) {
    const labels = Array.from({ length: samples }, (_, i) => (i < samples - ignored ? i : -100));
    for (const shape of [
      [samples, classes],
      [classes, samples],
    ]) {
      const class_axis = shape.indexOf(classes);
      const classOf = (at: number) => (class_axis === 1 ? at % classes : Math.floor(at / samples));
      const logits = Array.from({ length: samples * classes }, (_, at) => (classOf(at) === 1 ? atEdge : 0));
      const options = { activation: 'softmax', class_axis, label_smoothing: 0.1, outputs: ['difficulty'] };
      const { bins } = await run(logitsBatch(shape, logits, [samples], labels, {}, options));
      const count = bins!.reduce((total, sum, i) => total + (i % 4 === 0 ? sum : 0), 0);
      assert.equal(count, (samples - ignored) * classes, `[${shape}], ${ignored} ignored`);
    }
  }
});

test('a class that is near the edge of a bin is in that of float64', async () => {
  for (const classes of [2, 4, 17, 19, 24, 40, 80]) {
    for (const smoothing of [0, 0.1]) {
      for (const bin of [1, 7, 13, 19]) {
        // The logit of the class with p = bin / 20, by steps of a float32 about it.
        const exact = Math.log(bin / 20 / (1 - bin / 20)) + Math.log(classes - 1);
        const step = 2 ** (Math.floor(Math.log2(Math.max(1e-3, Math.abs(exact)))) - 23);
        const rows = Array.from({ length: 41 }, (_, i) => Math.fround(exact) + (i - 20) * step);
        const logits = rows.flatMap((x, i) => Array.from({ length: classes }, (_, c) => (c === i % classes ? x : 0)));
        const labels = rows.map((_, i) => (i % 3) % classes);
        const options = { activation: 'softmax', label_smoothing: smoothing, outputs: ['difficulty'] };
        const batch = logitsBatch([rows.length, classes], logits, [rows.length], labels, {}, options);
        const counts = ({ bins }: { bins?: Float64Array }) => bins!.filter((_, i) => i % 4 === 0);
        const name = `${classes} classes, smoothing ${smoothing}, bin ${bin}`;
        assert.deepEqual(counts(await run(batch)), counts(referenceEvaluation(batch)), name);
      }
    }
  }
});
