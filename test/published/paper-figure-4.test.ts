import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  distance,
  heldByHardest,
  lossCurve,
  type SideLosses,
  sideLosses,
} from '../../scripts/choosing-gamma/loss-curve.ts';
import { readSample, readSampleRequest } from '../harness/read-sample.ts';
import { type Json, startTestService } from '../helpers/service.ts';
import { readTensorFile, tensorFile } from '../helpers/tensor-file.ts';
import { assertRelative } from './published.ts';

// Figure 4 of Lin et al. 2017, section 5.1: positives and negatives of a trained detector apart, their losses without
// alpha sorted from lowest to highest and added up, at gamma 0, 0.5, 1 and 2. The paper's samples are not public: this is
// its shape, on two dense batches. docs/tutorials/choosing-gamma.md says in what they differ from the paper's.

const service = await startTestService();
const GAMMAS = [0, 0.5, 1, 2] as const;

interface EvaluatedSides {
  readonly response: Json;
  readonly sides: SideLosses;
}

interface Batch {
  /** By gamma. */
  readonly evaluations: readonly EvaluatedSides[];
  /** By gamma: what a float64 implementation apart from this code gives for these logits. */
  readonly hardestFifthOfPositives: readonly number[];
  readonly hardestTenthOfNegatives: readonly number[];
}

const BATCHES: Record<string, Batch> = {
  'anchors of a detector': {
    evaluations: await Promise.all(GAMMAS.map(anchors)),
    hardestFifthOfPositives: [0.38948, 0.45749, 0.52187, 0.63673],
    hardestTenthOfNegatives: [0.71552, 0.88209, 0.95795, 0.99573],
  },
  'edges in a photograph': {
    evaluations: await Promise.all(GAMMAS.map(edges)),
    hardestFifthOfPositives: [0.36415, 0.41796, 0.46966, 0.56551],
    hardestTenthOfNegatives: [0.3828, 0.56732, 0.73299, 0.92118],
  },
};

for (const [name, { evaluations, hardestFifthOfPositives, hardestTenthOfNegatives }] of Object.entries(BATCHES)) {
  const curves = (side: keyof SideLosses) => evaluations.map(({ sides }) => lossCurve(sides[side]));
  const positives = curves('positives');
  const negatives = curves('negatives');

  test(`paper, figure 4, ${name}: the element losses add up to those of both sides in the breakdown`, () => {
    for (const { sides, response } of evaluations) {
      for (const side of ['positive', 'negative'] as const) {
        const total = sum(response.per_class.map((row: Json) => row.loss[side])) * response.denominator;
        assertRelative(sum(sides[`${side}s`]), total, 1e-6);
      }
    }
  });

  test(`paper, figure 4, ${name}: with gamma the hardest tenth of negatives carries most of their loss`, () => {
    const held = negatives.map((curve) => heldByHardest(0.1, curve));
    assertRelative(held, hardestTenthOfNegatives, 2e-5);
    assertRises(held);
    assert.ok(held.at(-1)! > 0.9);
  });

  test(`paper, figure 4, ${name}: gamma moves the positives less than half as far`, () => {
    const held = positives.map((curve) => heldByHardest(0.2, curve));
    assertRelative(held, hardestFifthOfPositives, 2e-5);
    assertRises(held);
    const moved = ([first, , , last]: typeof positives) => distance(first!, last!);
    assert.ok(moved(positives) < moved(negatives) / 2, `${moved(positives)} and ${moved(negatives)}`);
  });
}

async function anchors(gamma: number): Promise<EvaluatedSides> {
  const batch = readSampleRequest('coins-detection.json');
  const response = await service.focalLoss({ ...batch, gamma, alpha: null, outputs: ['elementwise', 'per_class'] });
  return { response, sides: sideLosses(response.elementwise, batch.labels, batch.ignore_index) };
}

async function edges(gamma: number): Promise<EvaluatedSides> {
  const { tensors } = readTensorFile(readSample('coins-edges.safetensors'));
  const options = { class_axis: 1, ignore_index: -1, gamma, alpha: null, outputs: ['elementwise', 'per_class'] };
  const metadata = Object.fromEntries(Object.entries(options).map(([name, value]) => [name, JSON.stringify(value)]));
  const { status, body } = await service.http
    .post('/v1/focal-loss')
    .set('content-type', 'application/vnd.safetensors')
    .set('accept', 'application/json')
    .send(tensorFile(tensors, metadata));
  assert.equal(status, 200);
  const losses: number[] = body.elementwise.flat(3);
  const of = (wanted: number) => losses.filter((_, i) => Number(tensors.labels!.values[i]) === wanted);
  return { response: body, sides: { positives: of(1), negatives: of(0) } };
}

function assertRises(values: readonly number[]): void {
  for (const [i, value] of values.entries()) assert.ok(i === 0 || value > values[i - 1]!, values.join(', '));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
