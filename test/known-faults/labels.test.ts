import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestService } from '../helpers/service.ts';
import { assertPublished, assertRelative } from '../published/published.ts';

// docs/explanation/known-faults.md, what labels mean: one test for each report, under its name there.

const service = await startTestService();

test('mmdetection#1299', async () => {
  const batch = { logits: [[0.1, 0.5, 0.4, 0.3]] };
  assertPublished((await service.focalLoss({ ...batch, labels: [2] })).loss, '0.1673');
  assertPublished((await service.focalLoss({ ...batch, labels: [[0, 0, 1, 0]] })).loss, '0.1673');
  // What the report got, where label 0 was background and 2 the second class.
  assertPublished((await service.focalLoss({ ...batch, labels: [1] })).loss, '0.1569');
});

test('mmdetection3d#575', async () => {
  const batch = { logits: [[0.5, -1, 2]], labels: [-1], reduction: 'sum' };
  await service.problem(batch, 'invalid_request');
  const ignored = await service.focalLoss({ ...batch, ignore_index: -1 });
  assert.equal(ignored.loss, 0);
  assert.deepEqual(ignored.gradients, [[0, 0, 0]]);
  const background = await service.focalLoss({ ...batch, background_index: -1 });
  const negatives = await service.focalLoss({ ...batch, labels: [[0, 0, 0]] });
  assert.ok(background.loss > 0);
  assert.deepEqual(
    [background.loss, background.gradients, background.counts.positives],
    [negatives.loss, negatives.gradients, 0],
  );
});

for (const activation of ['softmax', 'sigmoid']) {
  test(`PaddleSeg#1899, ${activation}`, async () => {
    const options = { activation, ignore_index: 255 };
    const rows = [
      [0.5, -1, 2],
      [-2, 3, 0.25],
    ];
    const kept = await service.focalLoss({ logits: rows, labels: [2, 0], ...options });
    const ignored = await service.focalLoss({
      logits: [rows[0], [4, -1, 1], rows[1]],
      labels: [2, 255, 0],
      ...options,
    });
    assertRelative(ignored.loss, kept.loss);
    assertRelative(ignored.gradients, [kept.gradients[0], [0, 0, 0], kept.gradients[1]]);
    const [first] = ignored.per_class;
    assert.deepEqual([first.positives, first.ignored], [1, 1]);
  });
}

test('theseus#26', async () => {
  // CutMix: 0.75 of an image with the one label, 0.25 of another with the other.
  const logits = [
    [1.5, -0.5, 0.25],
    [-2, 0.75, 3],
  ];
  const options = { activation: 'softmax', gamma: 2, alpha: [0.25, 0.5, 1] };
  const [one, other] = [await loss([0, 2]), await loss([2, 1])];
  const mixed = await loss([
    [0.75, 0, 0.25],
    [0, 0.25, 0.75],
  ]);
  assertRelative(mixed.loss, mix(one.loss, other.loss));
  const pairs = one.gradients.flatMap((row: number[], i: number) =>
    row.map((gradient, c) => mix(gradient, other.gradients[i][c])),
  );
  assertRelative(mixed.gradients, pairs);

  function loss(labels: unknown) {
    return service.focalLoss({ logits, labels, ...options });
  }

  function mix(left: number, right: number): number {
    return 0.75 * left + 0.25 * right;
  }
});

test('LightGBM#4981', async () => {
  // Scores and gradients are in Fortran order: all samples of the first class, then all of the second.
  const rows = [
    [1.5, -0.5, 0.25],
    [-2, 0.75, 3],
    [0.125, -1.25, -3.5],
    [2.25, -0.75, 1],
  ];
  const columns = [0, 1, 2].map((c) => rows.map((row) => row[c]!));
  for (const activation of ['softmax', 'sigmoid']) {
    const options = { activation, labels: [0, 2, 1, 1], reduction: 'sum', outputs: ['loss', 'gradients', 'hessian'] };
    const rowMajor = await service.focalLoss({ logits: rows, ...options });
    const columnMajor = await service.focalLoss({ logits: columns, class_axis: 0, ...options });
    assertRelative(columnMajor.loss, rowMajor.loss, 1e-15);
    for (const name of ['gradients', 'hessian_diagonal']) {
      const transposed = [0, 1, 2].map((c) => rowMajor[name].map((row: number[]) => row[c]));
      assertRelative(columnMajor[name], transposed);
    }
  }
});
