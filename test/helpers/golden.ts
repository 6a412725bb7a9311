import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Json } from './service.ts';

/** Expected values are decimal strings with more digits than a float64 has. */
type Nested = string | Nested[];

export interface GoldenCase {
  readonly name: string;
  readonly request: object;
  readonly expect: Readonly<Record<string, Nested>>;
}

/** Requests with the responses that 60-digit arithmetic expects. */
export const goldenCases: readonly GoldenCase[] = JSON.parse(
  readFileSync(new URL('../fixtures/golden.json', import.meta.url), 'utf8'),
).cases;

const OUTPUTS = ['loss', 'gradients', 'elementwise', 'hessian'];
const RELATIVE = 2e-6;
const ABSOLUTE = 1e-12;

/** Sends the request of a case, with all outputs, and compares the response with what is expected. */
export async function checkGolden(
  { request, expect }: GoldenCase,
  focalLoss: (request: object) => Promise<Json>,
): Promise<void> {
  const response = await focalLoss({ ...request, outputs: OUTPUTS });
  for (const [field, expected] of Object.entries(expect)) assertClose(response[field], expected, field);
}

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
