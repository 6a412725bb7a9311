import { test } from 'node:test';
import { respondInJson } from '../helpers/codecs/respond-in-json.ts';
import { readFixture } from '../helpers/engine/request-batches.ts';
import { checkGolden, type GoldenCase, goldenCases } from '../helpers/golden.ts';

// The same cases as test/golden.test.ts and test/http/family-golden.test.ts send to the service. Here they show, in a second,
// whether a mistake is in the mathematics or in an engine.

const cases = [
  ...goldenCases,
  ...readFixture<{ readonly cases: readonly GoldenCase[] }>('golden-family.json').cases,
  ...readFixture<{ readonly cases: readonly GoldenCase[] }>('golden-element-weights.json').cases,
];

for (const golden of cases) {
  test(`60-digit arithmetic: ${golden.name}`, () => checkGolden(golden, async (request) => respondInJson(request)));
}
