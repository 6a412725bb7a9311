import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../src/loss/failure.ts';
import { freshMemory, MemoryPool } from '../../src/loss/memory.ts';
import { CodecThreads } from '../../src/wire/codec-threads.ts';
import { Gate } from '../harness/gate.ts';

const WORKER = new URL('failing-codec-worker.ts', import.meta.url).href;

/** Large enough to be read in a thread. */
function body(className: string): Uint8Array {
  const numbers = new Array(50_000).fill(1);
  return Buffer.from(JSON.stringify({ class_names: [className], logits: numbers, labels: numbers }));
}

test('a thread that ends is replaced and counted, and only what it had fails', async () => {
  const codec = new CodecThreads(1, WORKER);
  try {
    const read = (className: string) => codec.read({ format: 'json' }, body(className), freshMemory);
    assert.equal((await read('none')).batch.counts.elements, 50_000);
    assert.equal(codec.restarts, 0);
    const [lost, waiting] = await Promise.allSettled([read('exit'), read('none')]);
    assert.ok(lost.status === 'rejected' && lost.reason instanceof Failure);
    assert.deepEqual([lost.reason.code, lost.reason.retryAfterSeconds], ['engine_lost', 1]);
    assert.equal(waiting.status, 'fulfilled');
    assert.equal(codec.restarts, 1);
  } finally {
    await codec.close();
  }
});

test('memory is kept from others while a thread reads there', async () => {
  const codec = new CodecThreads(1, WORKER);
  const gate = new Gate();
  try {
    const pool = new MemoryPool();
    const memory = pool.lease();
    const read = codec.read({ format: 'json' }, body(`hold ${gate.path}`), memory);
    await gate.noted('begun');
    const released = memory.release();
    await new Promise(setImmediate);
    assert.ok(pool.usage.lent > 0);
    gate.open();
    await read;
    await released;
    assert.equal(pool.usage.lent, 0);
  } finally {
    gate.open();
    await codec.close();
  }
});
