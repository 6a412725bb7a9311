import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { type Config, listenOptions, loadConfig } from '../../src/config.ts';
import { startTestEngine } from '../helpers/engine/start-test-engine.ts';
import { buildTestApp } from '../helpers/http/build-test-app.ts';
import { JSON_BODY, SAFETENSORS } from '../helpers/http/gated-batch.ts';
import { send } from '../helpers/http/send.ts';

// Long work is cut into slices, and small batches get between them.

const config = loadConfig(['--port', '0', '--engine', 'wasm', '--engine-threads', '1'], {}) as Config;
const engine = startTestEngine({ engine: 'wasm', threads: 1, queueLimit: 100 });
await engine.ready;
const app = await buildTestApp({ config, engine, logger: pino({ level: 'silent' }) });
const url = await app.listen(listenOptions(config));
after(async () => {
  await app.close();
  await engine.close();
});

const SMALL = JSON.stringify({ logits: Array(8).fill([1, 2, 3, 4]), labels: Array(8).fill(1), activation: 'softmax' });

const HEADER_BYTES = 8192;

/** Of soft labels, for which every pair needs an evaluation of its own. */
function sweepFile(samples: number, classes: number, pairs: number): Buffer {
  const elements = samples * classes;
  const options = {
    activation: 'softmax',
    gammas: JSON.stringify(Array.from({ length: pairs }, (_, i) => 0.1 + i / 7)),
  };
  const header = JSON.stringify({
    __metadata__: options,
    logits: { dtype: 'F16', shape: [samples, classes], data_offsets: [0, 2 * elements] },
    labels: { dtype: 'F16', shape: [samples, classes], data_offsets: [2 * elements, 4 * elements] },
  }).padEnd(HEADER_BYTES);
  const data = new Uint16Array(2 * elements).fill(0, 0, elements).fill(0x3400, elements); // Labels of 0.25
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(HEADER_BYTES));
  return Buffer.concat([length, Buffer.from(header), Buffer.from(data.buffer)]);
}

/** Sends small batches, one after another, until a long request has its response. @returns how many had theirs before */
async function smallBatchesDuring(long: Promise<unknown>): Promise<number> {
  let done = false;
  void long.finally(() => {
    done = true;
  });
  let count = 0;
  while (!done) {
    assert.equal((await send(url, '/v1/focal-loss', JSON_BODY, SMALL).response).status, 200);
    if (!done) count += 1;
  }
  return count;
}

test('small batches are evaluated between the slices of a sweep, whose threads serve both', async () => {
  const { response } = send(url, '/v1/focal-loss/sweep', SAFETENSORS, sweepFile(50_000, 4, 60));
  const count = await smallBatchesDuring(response);
  assert.equal((await response).status, 200);
  assert.ok(count >= 10, `${count} small batches`);
});
