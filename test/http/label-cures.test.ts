import assert from 'node:assert/strict';
import { test } from 'node:test';
import { close } from '../helpers/loss/derivatives.ts';
import { type Json, startTestService } from '../helpers/service.ts';
import { tensorFile } from '../helpers/tensor-file.ts';

// What is said of labels that cannot be meant as they are, and reports of other libraries on labels.

const service = await startTestService();
const LOGITS = [[1, -2, 0.5], [0, 3, -1], [2, 2, 1], [0, 0, 0]]; // biome-ignore format: a matrix

/** The first issue. */
async function issueOf(request: object): Promise<Json> {
  const [issue] = (await service.problem(request, 'invalid_request')).errors;
  return issue;
}

const INDICES = 'expected a class index from 0 to 2 or the ignore_index -100, got';
const DENSE = 'expected a number in [0, 1] or the ignore_index -100, got';
const rows = (...labels: number[]) => labels.map((label) => [label, 0, 1]);

const CURES: Readonly<Record<string, [object, string]>> = {
  'class index 255': [
    { labels: [0, 255, 255, 1] },
    `${INDICES} 255 at 2 places, the first at [1]; "ignore_index": 255?`,
  ],
  'class index −1': [{ labels: [0, 1, -1, 2] }, `${INDICES} -1; "background_index": -1 or "ignore_index": -1?`],
  'class index −1 under softmax': [
    { labels: [0, 1, -1, 2], activation: 'softmax' },
    `${INDICES} -1; "ignore_index": -1?`,
  ],
  'class index −1 beside a background_index': [
    { labels: [0, 1, -1, 2], background_index: 3 },
    'expected a class index from 0 to 2, the background_index 3 or the ignore_index -100, got -1; "ignore_index": -1?',
  ],
  'class index −100 beside another ignore_index': [
    { labels: [0, -100, 1, 2], ignore_index: 255 },
    'expected a class index from 0 to 2 or the ignore_index 255, got -100; "ignore_index": -100?',
  ],
  'class index C, with no 0': [
    { labels: [1, 2, 3, 3] },
    `${INDICES} 3 at 2 places, the first at [2]; labels count from 0, and no label is 0: subtract 1 from all of them?`,
  ],
  'class index C, with 0': [
    { labels: [0, 2, 3, 1] },
    `${INDICES} 3; labels count from 0; "background_index": 3 if it is none of the classes`,
  ],
  'class index C under softmax, with 0': [
    { labels: [0, 2, 3, 1], activation: 'softmax' },
    `${INDICES} 3; labels count from 0, and logits have 3 classes`,
  ],
  'class index beyond C': [{ labels: [0, 4, 1, 2] }, `${INDICES} 4`],
  'class index between two': [
    { labels: [0, 0.5, 1, 2] },
    `${INDICES} 0.5; soft labels have the class axis, shape [4, 3]`,
  ],
  'a column of soft labels beside several classes': [
    { labels: [[0.2], [1], [0], [1]] },
    `${INDICES} 0.2; soft labels have the class axis, shape [4, 3]`,
  ],
  'dense label −1': [
    { labels: rows(-1, 1, -1, 1) },
    `${DENSE} -1 at 2 places, the first at [0, 0]; "ignore_index": -1? Labels of -1 and 1 are sent as 0 and 1`,
  ],
  'dense label 255': [
    { labels: rows(255, 0, 255, 0) },
    `${DENSE} 255 at 2 places, the first at [0, 0]; "ignore_index": 255? Divide a mask of 0 and 255 by 255`,
  ],
  'dense label 2': [{ labels: rows(2, 0, 1, 0) }, `${DENSE} 2; class indices have no class axis: shape [4]`],
  'dense label 1.5': [{ labels: rows(1.5, 0, 1, 0) }, `${DENSE} 1.5`],
};
for (const [name, [request, message]] of Object.entries(CURES)) {
  test(`the message says what to do about ${name}`, async () => {
    assert.equal((await issueOf({ logits: LOGITS, ...request })).message, message);
  });
}

test('20 values are listed, and a document stays short', async () => {
  const labels = Array.from({ length: 50_000 }, (_, i) => -1 - (i % 25));
  const problem = await service.problem({ logits: labels.map(() => [0, 0]), labels }, 'invalid_request');
  assert.deepEqual([problem.errors.length, problem.more], [20, 9980]);
  assert.match(problem.errors[0]!.message, /got -1 at 2000 places, the first at \[0\]; "background_index": -1 or/);
  assert.ok(JSON.stringify(problem).length < 10_000);
});

test('a background_index among the classes is refused, with what is meant by it', async () => {
  const of = async (background_index: number) => {
    const { pointer, message } = await issueOf({ logits: LOGITS, labels: [0, 1, 2, 2], background_index });
    assert.equal(pointer, '/background_index');
    return message;
  };
  assert.equal(
    await of(0),
    'expected a value outside the classes 0 to 2, got 0, which could never be positive: leave it out if logits have a class 0; ' +
      'if labels count from 1, subtract 1 from all of them and set it to -1',
  );
  assert.equal(
    await of(2),
    'expected a value outside the classes 0 to 2, got 2, which could never be positive: leave it out if logits have a class 2; ' +
      'if they have none, number the other classes from 0 to 2 and set it to -1 or 3',
  );
});

test('a wrong shape of labels is reported with the right one', async () => {
  const of = async (shape: number[], labelShape: number[], options: Record<string, string> = {}) => {
    const zeros = (sizes: number[]) => new Array(sizes.reduce((a, b) => a * b, 1)).fill(0);
    const file = tensorFile(
      {
        labels: { dtype: 'U8', shape: labelShape, values: zeros(labelShape) },
        logits: { dtype: 'F32', shape, values: zeros(shape) },
      },
      options,
    );
    const headers = { 'content-type': 'application/vnd.safetensors' };
    const response = await fetch(`${service.url}/v1/focal-loss`, {
      method: 'POST',
      headers,
      body: new Uint8Array(file),
    });
    return ((await response.json()) as Json).errors[0].message;
  };
  const first = { class_axis: '1' };
  assert.equal(
    await of([2, 3, 4, 5], [2, 1, 4, 5], first),
    'expected shape [2, 3, 4, 5] (dense, as logits) or [2, 4, 5] (class indices), got [2, 1, 4, 5]; leave the class axis out ' +
      'if they are class indices, shape [2, 4, 5]',
  );
  assert.match(
    await of([2, 3, 4, 5], [2, 4, 5]),
    /got \[2, 4, 5\]; or are the classes on another axis, "class_axis": 1\?$/,
  );
  assert.match(
    await of([4, 1], [4, 3]),
    /or \[4\] \(0 and 1\), .*; logits have one class and labels 3: send predictions of each/,
  );
  assert.match(await of([4], [4, 1]), /got \[4, 1\]; reshape them to \[4\]\?$/);
  assert.match(await of([2, 3, 4, 5], [24, 5]), /got \[24, 5\]; reshape them to \[2, 3, 4, 5\]\?$/);
  assert.match(await of([2, 6], [3, 4]), /got \[3, 4\]$/);
  const transposed = /; transpose them to \[2, 4, 4, 3\]\? A reshape would mix them up$/;
  assert.match(await of([2, 4, 4, 3], [2, 3, 4, 4]), transposed);
  assert.match(await of([2, 3], [3, 2]), /got \[3, 2\]; transpose them to \[2, 3\]\? A reshape would mix them up$/);
  assert.match(await of([2, 6], [3]), /got \[3\]$/);
  assert.match(await of([2, 6], [2, 6, 1, 1, 1, 1]), /expected 1 to 5 axes/);
});

test('true and false are labels 1 and 0 in JSON, dense or class indices, alone or beside numbers', async () => {
  const logits = [[1, -2], [0, 3]]; // biome-ignore format: a matrix
  const pairs: [unknown, unknown][] = [
    [[[true, false], [false, true]], [[1, 0], [0, 1]]], // biome-ignore format: a matrix
    [[[true, 0.5], [-100, false]], [[1, 0.5], [-100, 0]]], // biome-ignore format: a matrix
    [
      [true, false],
      [1, 0],
    ],
  ];
  for (const [booleans, numbers] of pairs) {
    for (const activation of ['sigmoid', 'softmax']) {
      const [a, b] = await Promise.all(
        [booleans, numbers].map((labels) => service.focalLoss({ logits, labels, activation })),
      );
      assert.deepEqual([a.loss, a.gradients, a.counts], [b.loss, b.gradients, b.counts]);
    }
  }
  const { pointer, message } = await issueOf({ logits: [[1, true]], labels: [0] });
  assert.deepEqual([pointer, message], ['/logits/0/1', 'expected a number, got true']);
});

// https://github.com/open-mmlab/mmdetection/issues/1299
test('mmdetection 1299: a class index without background', async () => {
  const { loss, sum } = await service.focalLoss({ logits: [[0.1, 0.5, 0.4, 0.3]], labels: [2] });
  assert.equal(loss.toFixed(4), '0.1673');
  assert.equal(sum.toFixed(4), '0.6690');
});

// https://github.com/pytorch/pytorch/issues/107680
test('pytorch 107680: the weighted mean of cross-entropy divides by the weights', async () => {
  const request = {
    logits: [[2.3, 2.1, 4.5], [4.2, 3.2, 5.1]], // biome-ignore format: a matrix
    labels: [1, 2],
    activation: 'softmax',
    gamma: 0,
    class_weights: [25, 25, 100],
  };
  const { sum } = await service.focalLoss({ ...request, reduction: 'sum' });
  close(sum / 2, 54.4052, 1e-6);
  const mean = await service.focalLoss({ ...request, normalizer: 125 });
  close(mean.loss, 0.870484, 1e-6);
});

test('a mask that is all 255 has loss 0, and no gradient', async () => {
  for (const activation of ['sigmoid', 'softmax']) {
    for (const reduction of ['mean', 'sum']) {
      const mask = [[[255, 255], [255, 255]]]; // biome-ignore format: a matrix
      const logits = [[[[1, 2], [3, 4]], [[-1, 0], [5, -6]]]]; // biome-ignore format: a matrix
      const options = { activation, reduction, class_axis: 1, ignore_index: 255 };
      const { loss, gradients, counts } = await service.focalLoss({ logits, labels: mask, ...options });
      assert.deepEqual([loss, counts.ignored, gradients.flat(3)], [0, 8, new Array(8).fill(0)]);
    }
  }
});
