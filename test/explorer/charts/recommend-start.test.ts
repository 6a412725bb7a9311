import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeStart } from '../../../src/explorer/charts/describe-start.ts';
import { recommendStart } from '../../../src/explorer/charts/recommend-start.ts';
import type { SweepPoint } from '../../../src/explorer/service/sweep.ts';

// The steps of docs/tutorials/choosing-gamma.md. test/browser/sweep.browser.ts compares the page with what that page arrives at.

const GAMMAS = [0, 1, 2];
const POSITIVES = 100;

/** @param shares the positives' share of the gradient for each γ at α 0.5 and 0.25, and without α */
function gridOf(shares: Readonly<Record<number, readonly [number, number, number]>>, examples = 80): SweepPoint[] {
  return Object.entries(shares).flatMap(([gamma, values]) =>
    [0.5, 0.25, null].map((alpha, i) => ({
      gamma: Number(gamma),
      alpha,
      positive_share: { loss: values[i]!, gradient_l1: values[i]! },
      gradient_norm: 1,
      effective_examples: examples,
      class_loss_shares: [1],
    })),
  );
}

/** Negatives whose easy part, the last two of 20 bins, has these shares of their side, by γ. */
function negativesWith(easy: Readonly<Record<number, number>>) {
  const asked: number[] = [];
  const negativesAt = async (gamma: number) => {
    asked.push(gamma);
    const part = easy[gamma]!;
    const bins = [1 - part, ...Array(17).fill(0), part / 2, part / 2];
    return { counts: bins, cross_entropy: bins, loss: bins, gradient_l1: bins };
  };
  return { asked, negativesAt };
}

const GRID = gridOf({ 0: [0.2, 0.1, 0.2], 1: [0.55, 0.3, 0.55], 2: [0.7, 0.48, 0.7] });

test('γ is the smallest that leaves easy negatives a few per cent of the gradient, and α the nearest to one half there', async () => {
  const { asked, negativesAt } = negativesWith({ 0: 0.6, 1: 0.2, 2: 0.05 });
  const found = await recommendStart(GRID, POSITIVES, negativesAt);
  // Without α, easy negatives have 0.8 × 0.6, 0.45 × 0.2 and 0.3 × 0.05 of the gradient.
  assert.deepEqual(asked, GAMMAS);
  assert.deepEqual([found.point?.gamma, found.point?.alpha], [2, 0.25]);
  assert.match(
    plain(describeStart(found, POSITIVES)),
    /48 % of the gradient at γ 0 and 1.5 % at γ 2.* 48 % .*80 effective examples/,
  );
});

test('no larger γ is asked for than is needed', async () => {
  const { asked, negativesAt } = negativesWith({ 0: 0.6, 1: 0.1, 2: 0 });
  const found = await recommendStart(GRID, POSITIVES, negativesAt);
  assert.deepEqual(asked, [0, 1]);
  assert.deepEqual([found.point?.gamma, found.point?.alpha], [1, 0.5]);
  assert.doesNotMatch(plain(describeStart(found, POSITIVES)), /few beside/);
});

test('if easy negatives have a few per cent of the cross-entropy, γ stays at 0', async () => {
  const { negativesAt } = negativesWith({ 0: 0.04 });
  const grid = gridOf({ 0: [0.6, 0.45, 0.6], 2: [0.7, 0.5, 0.7] }, 20);
  const found = await recommendStart(grid, POSITIVES, negativesAt);
  assert.deepEqual([found.point?.gamma, found.point?.alpha], [0, 0.25]);
  const text = plain(describeStart(found, POSITIVES));
  assert.match(text, /There is little to focus on: .* 1.6 % of the cross-entropy/);
  assert.match(text, /only 20 effective examples, few beside 100 positives/);
});

test('a batch in which nothing qualifies has no recommendation, and the text says why', async () => {
  const { negativesAt } = negativesWith({ 0: 0.9, 1: 0.9, 2: 0.9 });
  const unfocused = await recommendStart(GRID, POSITIVES, negativesAt);
  assert.equal(unfocused.point, null);
  assert.match(plain(describeStart(unfocused, POSITIVES)), /even at γ 2, .* have 27 % of the gradient/);

  const easy = negativesWith({ 0: 0.9, 1: 0 });
  const lopsided = gridOf({ 0: [0.2, 0.1, 0.2], 1: [0.95, 0.9, 0.95] });
  const unbalanced = await recommendStart(lopsided, POSITIVES, easy.negativesAt);
  assert.equal(unbalanced.point, null);
  assert.match(plain(describeStart(unbalanced, POSITIVES)), /no α .* about one half.* γ 1, α 0.25 with 90 %/);

  const none = await recommendStart([], POSITIVES, easy.negativesAt);
  assert.match(describeStart(none, POSITIVES), /no γ to compare/);
});

function plain(text: string): string {
  return text.replaceAll(/[\u00a0\u202f]/g, ' ');
}
