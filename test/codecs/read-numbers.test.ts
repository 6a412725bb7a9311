import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { ReceivedBody } from '../../src/codecs/codec.ts';
import { jsonCodec } from '../../src/codecs/json/json-codec.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import type { StoredFloats } from '../../src/core/float-format.ts';
import { ServiceError } from '../../src/core/service-error.ts';
import { startCodecPool } from '../helpers/codecs/start-codec-pool.ts';
import { createTestBuffers } from '../helpers/core/create-test-buffers.ts';

const CLASSES = 8;
const SAMPLES = 20_000;
const THREADS = [1, 2, 3];

const pools = new Map(THREADS.map((threads) => [threads, startCodecPool(threads)]));
after(() => Promise.all([...pools.values()].map((pool) => pool.close())));

const buffers = createTestBuffers(2 ** 28);

/** What a pool of so many threads makes of a body: the batch or the error, and the memory that the request then has. */
async function read(text: string, threads: number, cancellation?: Cancellation) {
  const lease = buffers.lease();
  const bytes = lease.bytes(Buffer.byteLength(text));
  bytes.set(Buffer.from(text));
  const body: ReceivedBody = { bytes, encoding: undefined, limit: bytes.length, jsonBytes: undefined };
  try {
    const { batch } = await pools.get(threads)!.read(jsonCodec, body, lease, cancellation);
    const { predictions, labels } = batch;
    return {
      batch: { ...batch, predictions: (predictions as StoredFloats).slice(), labels: labels.slice() },
      inUse: buffers.usage.inUse,
    };
  } catch (error) {
    assert.ok(error instanceof ServiceError, `${error}`);
    return { error: { code: error.code, message: error.message, issues: error.issues, more: error.more } };
  } finally {
    lease.release();
  }
}

const logits = Array.from({ length: SAMPLES }, (_, i) =>
  Array.from({ length: CLASSES }, (_, c) => Number((5 * Math.sin(i * CLASSES + c)).toFixed(6))),
);
const dense = logits.map((row) => row.map((logit) => Number(logit > 3)));
const indices = logits.map((_, i) => i % CLASSES);

for (const [name, labels] of Object.entries({ dense, indices })) {
  test(`a large batch with ${name} labels is the same for any number of threads`, async () => {
    const text = JSON.stringify({ activation: 'sigmoid', logits, labels, gamma: 1 });
    const expected = await read(text, 1);
    assert.deepEqual(expected.batch?.shape, [SAMPLES, CLASSES]);
    for (const threads of [2, 3]) {
      const { batch, inUse } = await read(text, threads);
      assert.deepEqual(batch, expected.batch);
      assert.ok(inUse! <= expected.inUse!, `${inUse} bytes, and ${expected.inUse} in one thread`);
    }
  });
}

/** Puts something in place of the last number of a sample. */
function withFault(sample: number, text: string): string {
  const rows = logits.map((row, i) => (i === sample ? `[${row.slice(1)},${text}]` : `[${row}]`));
  return `{"logits":[${rows}],"labels":[${indices}]}`;
}

test('a fault anywhere is reported as if one thread had read it all', async () => {
  const bodies = [
    withFault(15_000, 'null'),
    withFault(100, '1e99'),
    withFault(19_999, '1,2'),
    withFault(5000, ''),
    withFault(10_000, '[1]'),
    `${withFault(0, '1')}}`,
    withFault(0, '1').slice(0, 1_000_000),
    withFault(0, '1').replace('"labels"', '"logits"'),
    withFault(12_000, '"logits":[1,2]'),
  ];
  for (const body of bodies) {
    const expected = await read(body, 1);
    assert.ok(expected.error);
    for (const threads of [2, 3]) assert.deepEqual(await read(body, threads), expected);
  }
});

test('a body that nobody waits for any more is not read', async () => {
  const cancellation = new Cancellation();
  cancellation.abort();
  assert.equal((await read(withFault(0, '1'), 2, cancellation)).error?.code, 'deadline_exceeded');
});
