import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSample, readSampleRequest } from './harness/read-sample.ts';
import { type Json, startTestService } from './helpers/service.ts';

// Predictions of real models on real data: what the breakdown says of them has to add up.

const service = await startTestService();

const BATCHES: Record<string, object> = {
  'an MLP on long-tailed digits': readSampleRequest('digits-longtail.json'),
  'a logistic model on breast cancer': readSampleRequest('breast-cancer.json'),
  'dense detection on the coins photograph': readSampleRequest('coins-detection.json'),
  'channels-first segmentation of the coins photograph': { ...readEdges(), class_axis: 1, ignore_index: -1 },
};

for (const [name, request] of Object.entries(BATCHES)) {
  for (const change of [{}, { gamma: 0, alpha: null }, { reduction: 'sum' }]) {
    test(`${name}${Object.keys(change).length > 0 ? ` with ${JSON.stringify(change)}` : ''}`, async () => {
      checkInvariants(await service.focalLoss({ ...request, ...change }));
      checkDifficulty(await service.focalLoss({ ...request, ...change, outputs: ['per_class', 'difficulty'] }));
    });
  }
}

test('the response does not depend on the axis that the classes are on', async () => {
  const { logits, labels } = readSampleRequest('digits-longtail.json') as { logits: number[][]; labels: number[] };
  const options = { activation: 'softmax', outputs: ['loss', 'gradients', 'per_class'] };
  const last = await service.focalLoss({ ...options, logits, labels });
  const first = await service.focalLoss({ ...options, logits: transposed(logits), labels, class_axis: 0 });
  assert.deepEqual(transposed(first.gradients), last.gradients);
  assert.deepEqual(first.per_class, last.per_class);
});

test('focusing moves the loss of a detector from easy negatives to positives', async () => {
  const request = readSampleRequest('coins-detection.json');
  const { per_class: classes } = await service.focalLoss(request);
  const share = (kind: 'loss' | 'cross_entropy') =>
    sum(classes.map((c: Json) => c[kind].positive)) / sum(classes.map((c: Json) => c[kind].total));
  assert.ok(share('loss') > share('cross_entropy'), `${share('loss')} against ${share('cross_entropy')}`);
});

test('the counts of the detection batch are those that its labels say', async () => {
  const { labels } = readSampleRequest('coins-detection.json') as { labels: number[] };
  const { counts } = await service.focalLoss(readSampleRequest('coins-detection.json'));
  const ignored = labels.filter((label) => label === -100).length;
  const positives = labels.filter((label) => label >= 0).length;
  assert.deepEqual(counts, { samples: 5472, classes: 3, elements: 16416, ignored: ignored * 3, positives });
});

function checkInvariants(response: Json): void {
  const { per_class: classes, counts } = response;
  close(sum(classes.map((c: Json) => c.loss.total)), response.loss);
  close(response.sum / response.denominator, response.loss);
  for (const field of ['loss', 'cross_entropy', 'gradient_l1']) {
    close(sum(classes.map((c: Json) => c[field].share)), 1);
    for (const c of classes) close(c[field].positive + c[field].negative, c[field].total);
  }
  close(sum(response.gradients.flat(5).map(Math.abs)), sum(classes.map((c: Json) => c.gradient_l1.total)), 1e-5);

  assert.equal(counts.elements, counts.samples * counts.classes);
  assert.equal(sum(classes.map((c: Json) => c.positives)), counts.positives);
  assert.equal(sum(classes.map((c: Json) => c.ignored)), counts.ignored);
  for (const c of classes) {
    assert.equal(c.positives + c.negatives + c.ignored, counts.samples);
    assert.equal(c.true_positives + c.false_negatives, c.positives);
    assert.ok(c.false_positives <= c.negatives);
    for (const pt of Object.values<number | null>(c.mean_pt)) assert.ok(pt === null || (pt >= 0 && pt <= 1));
    // Focusing and α never make an element count for more than its cross-entropy.
    assert.ok(c.loss.total <= c.cross_entropy.total * (1 + 1e-12));
  }
}

function checkDifficulty({ counts, difficulty, per_class: classes }: Json): void {
  const { positives, negatives } = difficulty;
  assert.equal(sum(positives.counts), counts.positives);
  assert.equal(sum(negatives.counts), counts.elements - counts.ignored - counts.positives);
  for (const [side, bins] of [['positive', positives] as const, ['negative', negatives] as const]) {
    for (const field of ['loss', 'cross_entropy', 'gradient_l1']) {
      const total = sum(classes.map((c: Json) => c[field][side]));
      if (bins[field] === null) assert.equal(total, 0);
      else close(sum(bins[field]), 1);
    }
    // All elements of a bin lie in it.
    const count = sum(bins.counts);
    const pt = sum(classes.map((c: Json) => (c.mean_pt[side] ?? 0) * c[`${side}s`]));
    const least = sum(bins.counts.map((n: number, bin: number) => (n * bin) / 20));
    assert.ok(least <= pt * (1 + 1e-9) && pt <= least + count / 20, `${least} to ${least + count / 20}, and not ${pt}`);
  }
}

function close(actual: number, expected: number, relative = 1e-12): void {
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `expected ${expected}, got ${actual}`);
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function transposed(rows: number[][]): number[][] {
  return rows[0]!.map((_, column) => rows.map((row) => row[column]!));
}

/** The one batch that is kept as safetensors: 8 bytes of header length, a JSON header, then the tensors. */
function readEdges(): { logits: unknown; labels: unknown } {
  const file = readSample('coins-edges.safetensors');
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, start));
  const numbers = (name: string) => {
    const [from, to] = header[name].data_offsets;
    return file.buffer.slice(file.byteOffset + start + from, file.byteOffset + start + to);
  };
  return {
    logits: nested([...new Float32Array(numbers('logits'))], header.logits.shape),
    labels: nested([...new Int32Array(numbers('labels'))], header.labels.shape),
  };
}

function nested(values: number[], [size = 0, ...inner]: number[]): unknown {
  if (inner.length === 0) return values;
  const step = values.length / size;
  return Array.from({ length: size }, (_, i) => nested(values.slice(i * step, (i + 1) * step), inner));
}
