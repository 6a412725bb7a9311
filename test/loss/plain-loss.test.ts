import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DIFFERENTIATED } from '../../src/loss/focal-term.ts';
import { isPlain } from '../../src/loss/plain-loss.ts';
import { bothSides } from '../helpers/loss/plain-loss.ts';

const PLAIN = {
  activation: 'sigmoid',
  gamma: bothSides(Float64Array.of(2)),
  margin: 0,
  polyEpsilon: 0,
  detached: DIFFERENTIATED,
  softLabels: 'interpolated',
} as const;

test('focal loss is plain without the options of its family', () => {
  assert.ok(isPlain(PLAIN));
  assert.ok(isPlain({ ...PLAIN, softLabels: 'quality' }));
  assert.ok(isPlain({ ...PLAIN, activation: 'softmax' }));
});

test('each of these options makes it another loss', () => {
  const sides = { positive: Float64Array.of(2), negative: Float64Array.of(2) };
  const { detached } = PLAIN;
  for (const option of [
    { gamma: sides },
    { margin: 0.1 },
    { polyEpsilon: 1 },
    { detached: { ...detached, gradient: true } },
    { detached: { ...detached, hessian: true } },
    { softLabels: 'varifocal' },
  ] as const) {
    assert.ok(!isPlain({ ...PLAIN, ...option }), JSON.stringify(option));
  }
});
