import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkGolden, goldenCases } from './helpers/golden.ts';
import { startTestService } from './helpers/service.ts';

const service = await startTestService();

for (const golden of goldenCases) {
  test(`60-digit arithmetic: ${golden.name}`, () => checkGolden(golden, service.focalLoss));
}

test('the golden vectors are all there', () => {
  assert.equal(goldenCases.length, 45);
});
