import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Json, startTestService } from './helpers/service.ts';

/** Expected values are decimal strings with more digits than a float64 has. */
type Nested = string | Nested[];

const golden: { cases: { name: string; request: object; expect: Record<string, Nested> }[] } = JSON.parse(
  readFileSync(new URL('./fixtures/golden.json', import.meta.url), 'utf8'),
);

const RELATIVE = 2e-6;
const ABSOLUTE = 1e-12;

const service = await startTestService();

for (const { name, request, expect } of golden.cases) {
  test(`60-digit arithmetic: ${name}`, async () => {
    const outputs = ['loss', 'gradients', 'elementwise', 'hessian'];
    const response = await service.focalLoss({ ...request, outputs });
    for (const [field, expected] of Object.entries(expect)) assertClose(response[field], expected, field);
  });
}

test('the golden vectors are all there', () => {
  assert.equal(golden.cases.length, 45);
});

function assertClose(actual: Json, expected: Nested, place: string): void {
  if (Array.isArray(expected)) {
    assert.equal(actual.length, expected.length, place);
    expected.forEach((part, i) => {
      assertClose(actual[i], part, `${place}/${i}`);
    });
    return;
  }
  const truth = Number(expected);
  const error = Math.abs(actual - truth);
  assert.ok(error <= RELATIVE * Math.abs(truth) + ABSOLUTE, `${place}: expected ${expected}, got ${actual}`);
}
