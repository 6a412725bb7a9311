import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Gate } from '../harness/gate.ts';
import { alignedFile } from '../helpers/http/aligned-file.ts';
import { SAFETENSORS } from '../helpers/http/gated-batch.ts';
import { startGatedService } from '../helpers/http/gated-service.ts';
import { type Sending, send } from '../helpers/http/send.ts';
import { writeInTwo } from '../helpers/http/write-in-two.ts';

// Batches whose threads are held while their last tensor arrives.

const REQUEST_TIMEOUT_MS = 500;
const service = await startGatedService({}, '--request-timeout-ms', `${REQUEST_TIMEOUT_MS}`);
const REST = 2 ** 20;

/** Sends a batch but for its end, and waits until a thread has begun with it. */
async function beginEarly(command: string, gate: Gate): Promise<{ sending: Sending; rest: Buffer }> {
  const metadata = { outputs: '["gradients"]', class_names: JSON.stringify([`${command} ${gate.path}`]) };
  const file = alignedFile({ shape: [2_000_000, 1], classAxis: 1, metadata });
  const sending = send(service.url, '/v1/focal-loss', { ...SAFETENSORS, 'content-length': file.length });
  await writeInTwo(sending.outgoing, file.subarray(0, file.length - REST));
  await gate.noted('begun');
  return { sending, rest: file.subarray(file.length - REST) };
}

test('buffers stay in use until the threads have let go, whenever the client disconnects', async () => {
  const gate = new Gate();
  const { sending } = await beginEarly('late', gate);
  sending.disconnect();
  await sleep(100);
  assert.ok((await service.memory()).inUse > 8_000_000);
  gate.open();
  await service.allReleased();
});

test('the deadline begins with the last byte', async () => {
  const gate = new Gate();
  const { sending, rest } = await beginEarly('hold', gate);
  await sleep(2 * REQUEST_TIMEOUT_MS);
  const start = performance.now();
  sending.outgoing.end(rest);
  assert.equal((await sending.response).code, 'deadline_exceeded');
  assert.ok(performance.now() - start >= REQUEST_TIMEOUT_MS - 1);
  await gate.noted('cancelled');
  await service.allReleased();
});

test('a thread that ends fails the batch, which is not evaluated again', async () => {
  const gate = new Gate();
  const { sending, rest } = await beginEarly('exit', gate);
  sending.outgoing.end(rest);
  assert.equal((await sending.response).code, 'engine_unavailable');
  assert.deepEqual(gate.notes, ['begun']);
  await service.allReleased();
});
