import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestService } from '../helpers/service.ts';

// Losses of docs/how-to/other-losses.md that are weights of elements, against their own formulas.

const service = await startTestService();
const LOGITS = [
  [1.5, -0.5, 0.25],
  [-2, 0.75, 3],
  [0.125, -1.25, -3.5],
];
const p = LOGITS.map((row) => row.map((x) => 1 / (1 + Math.exp(-x))));
const sumOf = (of: (p: number, s: number, c: number) => number) =>
  p.flatMap((row, s) => row.map((each, c) => of(each, s, c))).reduce((sum, each) => sum + each, 0);

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-6 * Math.abs(expected), `expected ${expected}, got ${actual}`);
}

test('heat maps: the loss of CenterNet', async () => {
  const heat = [
    [1, 0.5, 0],
    [0.25, 0, 1],
    [0, 0.75, 0.125],
  ];
  const { loss } = await service.focalLoss({
    logits: LOGITS,
    labels: heat.map((row) => row.map((value) => Number(value === 1))),
    element_weights: heat.map((row) => row.map((value) => (value === 1 ? 1 : (1 - value) ** 4))),
    alpha: null,
    gamma: 2,
    normalizer: 'positives',
  });
  const sum = sumOf((each, s, c) => {
    const value = heat[s]![c]!;
    if (value === 1) return -((1 - each) ** 2) * Math.log(each);
    return -((1 - value) ** 4) * each ** 2 * Math.log1p(-each);
  });
  close(loss, sum / 2);
});

test('GHM-C: cross-entropy divided by the density of gradients', async () => {
  const labels = [
    [1, 0, 0],
    [0, 1, 1],
    [0, 0, 1],
  ];
  const BINS = 4;
  const binOf = (each: number, s: number, c: number) => Math.floor(Math.abs(each - labels[s]![c]!) * BINS);
  const bins = p.map((row, s) => row.map((each, c) => binOf(each, s, c)));
  const counts = Array.from({ length: BINS }, (_, bin) => bins.flat().filter((each) => each === bin).length);
  const filled = counts.filter((count) => count > 0).length;
  const { loss } = await service.focalLoss({
    logits: LOGITS,
    labels,
    element_weights: bins.map((row) => row.map((bin) => 9 / counts[bin]! / filled)),
    alpha: null,
    gamma: 0,
    normalizer: 9,
  });
  const sum = sumOf((each, s, c) => -Math.log(labels[s]![c] ? each : 1 - each) / counts[bins[s]![c]!]!);
  close(loss, sum / filled);
});

test('hard example mining: the two hardest of nine', async () => {
  const request = { logits: LOGITS, labels: [0, 2, 1] };
  const { elementwise } = await service.focalLoss({ ...request, outputs: ['elementwise'] });
  const [, second] = (elementwise as number[][]).flat().sort((a, b) => b - a);
  const { loss, gradients } = await service.focalLoss({
    ...request,
    element_weights: (elementwise as number[][]).map((row) => row.map((each) => Number(each >= second!))),
    normalizer: 2,
  });
  const kept = (elementwise as number[][]).flat().filter((each) => each >= second!);
  close(loss, (kept[0]! + kept[1]!) / 2);
  assert.equal((gradients as number[][]).flat().filter((each) => each !== 0).length, 2);
});
