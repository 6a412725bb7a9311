import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formOf } from '../../src/loss/form-of.ts';
import { bothSides } from '../helpers/loss/plain-loss.ts';

const LOSS = { gamma: bothSides(Float64Array.of(2)), margin: 0, polyEpsilon: 0, softLabels: 'quality' } as const;

test('each option of single terms makes a loss termwise, and without them it is that of its soft labels', () => {
  assert.equal(formOf(LOSS), 'quality');
  assert.equal(formOf({ ...LOSS, margin: 0.1 }), 'termwise');
  assert.equal(formOf({ ...LOSS, polyEpsilon: -1 }), 'termwise');
  assert.equal(formOf({ ...LOSS, gamma: { positive: Float64Array.of(2), negative: Float64Array.of(2) } }), 'termwise');
});
