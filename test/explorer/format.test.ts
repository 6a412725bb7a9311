import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisNumber, percent } from '../../src/explorer/format.ts';

test('shares of losses that may be negative are below 0 or above 1, and stay short', () => {
  const thin = (text: string) => text.replaceAll('\u202f', ' ');
  assert.equal(thin(percent(-11.0334)), '−1103 %');
  assert.equal(thin(percent(-0.0823)), '−8.2 %');
  assert.equal(thin(percent(1.241)), '124 %');
  assert.equal(thin(percent(-0.00001)), '> −0.01 %');
  assert.equal(thin(percent(-0)), '0 %');
});

test('numbers of an axis stay short', () => {
  assert.equal(axisNumber(-0.5), '−0.5');
  assert.equal(axisNumber(2_500_000), '2.5E6');
});
