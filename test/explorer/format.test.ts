import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisNumber, barePercent, exactPercent, percent, short } from '../../src/explorer/format.ts';

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
  assert.deepEqual([9999, 10_000, -10_000].map(axisNumber), ['9,999', '1E4', '−1E4']);
});

test('decimals are chosen after rounding', () => {
  const thin = (share: number) => percent(share).replaceAll('\u202f', ' ');
  assert.deepEqual([0.0999, 0.0994, 0.000996, 0.99, 0.9904].map(thin), ['10 %', '9.9 %', '0.1 %', '99 %', '99 %']);
});

test('a cell says that a share is not quite 0 or 1', () => {
  assert.deepEqual([0, 1e-6, 0.076, 0.474, 0.999, 1].map(barePercent), ['0', '<0.01', '7.6', '47', '>99', '100']);
});

test('a value that is read off has four significant digits', () => {
  const thin = (share: number | null) => exactPercent(share).replaceAll('\u202f', ' ');
  assert.deepEqual([0.123456, 1, 0, -0.05, null, 1.234e-9].map(thin), [
    '12.35 %',
    '100 %',
    '0 %',
    '−5 %',
    '–',
    '1.2E−7 %',
  ]);
});

test('a number of a cell has at most seven characters', () => {
  assert.deepEqual([0, 0.0123, 1.26, 57.4, 285.2, 38_426, 1.2e-9].map(short), [
    '0',
    '0.012',
    '1.3',
    '57',
    '285',
    '3.8e4',
    '1.2e-9',
  ]);
});
