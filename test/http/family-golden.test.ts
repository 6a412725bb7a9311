import { test } from 'node:test';
import { readFixture } from '../helpers/engine/request-batches.ts';
import { checkGolden, type GoldenCase } from '../helpers/golden.ts';
import { FORMATS } from '../helpers/http/request-formats.ts';
import { startTestService } from '../helpers/service.ts';

// The options of the focal family against 60-digit arithmetic; test/engine/family-golden.test.ts has the extremes.

const service = await startTestService();
const { cases } = readFixture<{ readonly cases: readonly GoldenCase[] }>('golden-family.json');

for (const format of ['JSON', 'safetensors']) {
  for (const golden of cases) {
    test(`${format}: ${golden.name}`, () =>
      checkGolden(golden, async (request) => {
        const { status, body } = await FORMATS[format]!(service, request as Record<string, unknown>);
        if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
        return body;
      }));
  }
}
