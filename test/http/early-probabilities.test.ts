import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BatchOptions } from '../helpers/http/aligned-tensors.ts';
import {
  type EarlyBody,
  evaluationBody,
  inferenceRequest,
  predictionsStart,
  sweepBody,
} from '../helpers/http/early-body.ts';
import { startEarlyService } from '../helpers/http/early-service.ts';
import { allReleased } from '../helpers/http/gated-service.ts';

// Probabilities that are computed with, and checked, while they arrive.

const service = await startEarlyService();

const MEBIBYTE = 2 ** 20;
const PIECES = [MEBIBYTE, 2 * MEBIBYTE, 4 * MEBIBYTE];
const BATCH = { shape: [20_000, 80], classAxis: 1, probabilities: true };
const SOFTMAX = { ...BATCH, metadata: { activation: '"softmax"' } };

for (const [kind, make] of Object.entries<(options: BatchOptions) => EarlyBody>({
  'one loss': evaluationBody,
  'a sweep': sweepBody,
  'Open Inference': inferenceRequest,
})) {
  test(`${kind}: the response has the same bytes, however the probabilities arrive`, async () => {
    for (const options of [
      BATCH,
      SOFTMAX,
      { ...BATCH, shape: [30_000, 80], dtype: 'F16' as const },
      { ...BATCH, shape: [7, 19, 100, 100], metadata: { activation: '"softmax"', class_axis: '1' } },
    ]) {
      const body = make(options);
      const expected = await service.sendWithoutLength(body);
      assert.equal(expected.status, 200);
      assert.deepEqual(await service.sendEarly(body, PIECES), [expected, 'computed']);
    }
  });

  test(`${kind}: errors are those of a body that arrived at once`, async () => {
    const body = make(SOFTMAX);
    const start = predictionsStart(body, SOFTMAX);
    for (const index of [0, 800_003, 20_000 * 80 - 1]) {
      for (const wrong of [1.5, Number.NaN, 0.25]) {
        const bytes = Buffer.from(body.bytes);
        bytes.writeFloatLE(wrong, start + 4 * index);
        const expected = await service.sendWithoutLength({ ...body, bytes });
        assert.ok(expected.status === 422 || expected.status === 400);
        assert.deepEqual(await service.sendEarly({ ...body, bytes }, PIECES), [expected, 'failed']);
      }
    }
    await allReleased(service.url);
  });
}
