import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodecPool } from '../../src/codecs/codec-pool.ts';
import { until } from '../harness/until.ts';
import type { BatchOptions } from '../helpers/http/aligned-tensors.ts';
import {
  type EarlyBody,
  evaluationBody,
  inferenceRequest,
  outcomeOf,
  predictionsStart,
  sweepBody,
} from '../helpers/http/early-body.ts';
import { startEarlyService } from '../helpers/http/early-service.ts';
import { allReleased } from '../helpers/http/gated-service.ts';
import { writeInTwo, writeUntilBegun } from '../helpers/http/write-in-two.ts';

// Batches that are computed while their logits arrive, with the engine and the codecs that serve: whatever the format, and
// however the body arrives.

const service = await startEarlyService();
const { url, outcomes } = service;

const CLASSES = 80;
const MEBIBYTE = 2 ** 20;
const BATCH: BatchOptions = { shape: [20_000, CLASSES], classAxis: 1 };
const PIECES = [MEBIBYTE, 2 * MEBIBYTE, 4 * MEBIBYTE];

const KINDS: Readonly<Record<string, (options: BatchOptions & { misaligned?: boolean }) => EarlyBody>> = {
  'one loss': evaluationBody,
  'a sweep': sweepBody,
  'Open Inference': inferenceRequest,
};

const BATCHES: Readonly<Record<string, Partial<BatchOptions>>> = {
  sigmoid: {},
  'softmax, images with channels first': {
    shape: [7, 19, 100, 100],
    metadata: { activation: '"softmax"', class_axis: '1' },
  },
  'one class, labels without the class axis': { shape: [1_600_000, 1] },
  'float16 with sample weights': { dtype: 'F16', shape: [30_000, 80], weights: true },
};

for (const [kind, make] of Object.entries(KINDS)) {
  for (const [name, changes] of Object.entries(BATCHES)) {
    test(`${kind}: the response has the same bytes, however the body arrives: ${name}`, async () => {
      const options = { ...BATCH, ...changes };
      const body = make(options);
      const expected = await service.sendWithoutLength(body);
      assert.equal(expected.status, 200);
      const start = predictionsStart(body, options);
      const { length } = body.bytes;
      const chunkings = [
        [MEBIBYTE, 2 * MEBIBYTE, 3 * MEBIBYTE],
        [start + 1, start + 4 * 524_287, start + 4 * 524_288 + 1, length - 1],
        [start - 1, start + 2 * MEBIBYTE + 3],
        [2 * MEBIBYTE, length - 5, length - 4],
      ];
      for (const ends of chunkings) assert.deepEqual(await service.sendEarly(body, ends), [expected, 'computed']);
    });
  }

  test(`${kind}: errors are those of a body that arrived at once`, async (t) => {
    const body = make(BATCH);
    const start = predictionsStart(body, BATCH);
    const withLogits = (...changes: readonly [index: number, value: number][]): EarlyBody => {
      const bytes = Buffer.from(body.bytes);
      for (const [index, value] of changes) bytes.writeFloatLE(value, start + 4 * index);
      return { ...body, bytes };
    };
    const last = 20_000 * CLASSES - 1;
    for (const changed of [
      withLogits([0, Number.NaN]),
      withLogits([last, Number.NaN]),
      withLogits([5, Number.NaN], [last, Number.POSITIVE_INFINITY]),
    ]) {
      const expected = await service.sendWithoutLength(changed);
      assert.ok(expected.status === 422 || expected.status === 400);
      assert.deepEqual(await service.sendEarly(changed, PIECES), [expected, 'failed']);
    }
    const badLabel = Buffer.from(body.bytes);
    badLabel.writeInt32LE(CLASSES, start - 4);
    const before = outcomes.length;
    const expected = await service.sendWithoutLength({ ...body, bytes: badLabel });
    const read = t.mock.method(CodecPool.prototype, 'read');
    assert.deepEqual(await service.sendInPieces({ ...body, bytes: badLabel }, PIECES), expected);
    assert.equal(read.mock.callCount(), 1);
    assert.equal(outcomes.length, before);
    await allReleased(url);
  });

  test(`${kind}: logits that are ignored may be anything, however the body arrives`, async () => {
    const body = make({ ...BATCH, metadata: { ignore_index: '7' } });
    const start = predictionsStart(body, BATCH);
    const withIgnored = (value: number): EarlyBody => {
      const bytes = Buffer.from(body.bytes);
      for (let sample = 1; sample < 20_000; sample += CLASSES) {
        for (let c = 0; c < CLASSES; c++) bytes.writeFloatLE(value, start + 4 * (sample * CLASSES + c));
      }
      return { ...body, bytes };
    };
    const expected = await service.sendWithoutLength(body);
    assert.equal(expected.status, 200);
    for (const value of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      assert.deepEqual(await service.sendWithoutLength(withIgnored(value)), expected);
      assert.deepEqual(await service.sendEarly(withIgnored(value), PIECES), [expected, 'computed']);
    }
    await allReleased(url);
  });

  test(`${kind}: other tensors last, small bodies and logits that are not aligned are computed when they are there`, async () => {
    const before = outcomes.length;
    for (const body of [
      make({ ...BATCH, logitsFirst: true }),
      make({ ...BATCH, shape: [1000, 80] }),
      make({ ...BATCH, misaligned: true }),
    ]) {
      const outcome = await service.sendInPieces(body, [MEBIBYTE, 3 * MEBIBYTE]);
      assert.equal(outcome.status, 200);
      assert.deepEqual(outcome, await service.sendWithoutLength(body));
    }
    assert.equal(outcomes.length, before);
  });

  test(`${kind}: a client that disconnects at any time leaves no memory and no work behind`, async () => {
    const body = make(BATCH);
    const start = predictionsStart(body, BATCH);
    const last = body.bytes.length - 1;
    for (const bytes of [start - 1, start, start + MEBIBYTE, start + 3 * MEBIBYTE, last]) {
      const before = outcomes.length;
      const sending = service.begin(body);
      if (bytes <= start) {
        await writeInTwo(sending.outgoing, body.bytes.subarray(0, bytes));
        await sleep(20);
      } else {
        const all = body.bytes.subarray(0, Math.min(bytes + MEBIBYTE, last));
        const written = await writeUntilBegun(sending.outgoing, all, () => outcomes.length > before);
        if (written < bytes) sending.outgoing.write(body.bytes.subarray(written, bytes));
      }
      sending.disconnect();
      await allReleased(url);
      assert.ok(outcomes.slice(before).every((outcome) => outcome === 'failed'));
    }
    assert.equal((await service.sendEarly(body, [MEBIBYTE, 2 * MEBIBYTE]))[1], 'computed');
  });

  test(`${kind}: a body that stops arriving gives its early results up, and is evaluated when it is there`, async () => {
    const body = make(BATCH);
    const { sending, rest } = await service.beginEarly(body);
    await until('it is given up', () => outcomes.at(-1) === 'failed');
    sending.outgoing.end(rest);
    assert.deepEqual(outcomeOf(await sending.response), await service.sendWithoutLength(body));
    await allReleased(url);
  });
}

test('results that do not fit their format are reported as those of a body that arrived at once', async () => {
  const metadata = { reduction: '"sum"', gradients_dtype: '"F16"' };
  const body = evaluationBody({ ...BATCH, metadata, weights: true, weight: 1e30 });
  const expected = await service.sendWithoutLength(body);
  assert.equal(expected.status, 422);
  assert.deepEqual(await service.sendEarly(body, PIECES), [expected, 'failed']);
});

test('a body that is still arriving has no place in the queue, and a second one is computed when it is there', async () => {
  const body = evaluationBody(BATCH);
  const { sending, rest } = await service.beginEarly(body);
  assert.equal(service.engine.stats.waiting, 0);
  const count = outcomes.length;
  const expected = await service.sendWithoutLength(body);
  assert.deepEqual(await service.sendInPieces(body, PIECES), expected);
  assert.equal(outcomes.length, count);
  sending.outgoing.end(rest);
  assert.deepEqual(outcomeOf(await sending.response), expected);
  assert.equal(outcomes.at(-1), 'computed');
  await allReleased(url);
});

test('the time for a batch begins with its last byte', async () => {
  const { sending, rest } = await service.beginEarly(evaluationBody({ ...BATCH, metadata: {} }));
  await sleep(300);
  sending.outgoing.end(rest);
  const { body } = await sending.response;
  const text = body.subarray(8, 8 + Number(body.readBigUInt64LE())).toString();
  const { duration_ms } = JSON.parse(JSON.parse(text).__metadata__.response);
  assert.ok(Object.values(duration_ms as Record<string, number>).every((ms) => ms >= 0 && ms < 300));
});

test('a shutdown ends what has begun', async () => {
  const { sending } = await service.beginEarly(evaluationBody(BATCH));
  service.lifecycle.rejectUploads();
  assert.equal((await sending.response).code, 'shutting_down');
  assert.equal(outcomes.at(-1), 'failed');
  sending.disconnect();
  await allReleased(url);
});
