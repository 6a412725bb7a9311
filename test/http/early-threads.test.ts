import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Gate } from '../harness/gate.ts';
import { until } from '../harness/until.ts';
import { type EarlyBody, evaluationBody, inferenceRequest, sweepBody } from '../helpers/http/early-body.ts';
import { sendSmall } from '../helpers/http/gated-batch.ts';
import { startGatedService } from '../helpers/http/gated-service.ts';
import { type Sending, send } from '../helpers/http/send.ts';
import { writeUntilBegun } from '../helpers/http/write-in-two.ts';

// Batches whose threads are held while their logits arrive.

const REQUEST_TIMEOUT_MS = 500;
const service = await startGatedService({}, '--request-timeout-ms', `${REQUEST_TIMEOUT_MS}`);

type Make = (batch: { shape: number[]; classAxis: number; metadata: Record<string, string> }) => EarlyBody;

/** Sends a batch but for its end, and waits until a thread has begun with it. */
async function beginEarly(
  make: Make,
  command: string,
  gate: Gate,
  options: Record<string, string> = {},
): Promise<{ sending: Sending; rest: Buffer }> {
  const metadata = { ...options, class_names: JSON.stringify([`${command} ${gate.path}`]) };
  const { path, headers, bytes } = make({ shape: [2_000_000, 1], classAxis: 1, metadata });
  const sending = send(service.url, path, { ...headers, 'content-length': bytes.length });
  const end = await writeUntilBegun(sending.outgoing, bytes, () => gate.notes.includes('begun'));
  return { sending, rest: bytes.subarray(end) };
}

for (const [kind, make] of Object.entries<Make>({
  'one loss': evaluationBody,
  'a sweep': sweepBody,
  'Open Inference': inferenceRequest,
})) {
  test(`${kind}: buffers stay in use until the threads have let go, whenever the client disconnects`, async () => {
    const gate = new Gate();
    const { sending } = await beginEarly(make, 'late', gate);
    sending.disconnect();
    await sleep(100);
    assert.ok((await service.memory()).inUse > 8_000_000);
    gate.open();
    await service.allReleased();
  });

  test(`${kind}: the deadline begins with the last byte`, async () => {
    const gate = new Gate();
    const { sending, rest } = await beginEarly(make, 'hold', gate);
    await sleep(2 * REQUEST_TIMEOUT_MS);
    const start = performance.now();
    sending.outgoing.end(rest);
    assert.equal((await sending.response).code, 'deadline_exceeded');
    assert.ok(performance.now() - start >= REQUEST_TIMEOUT_MS - 1);
    await gate.noted('cancelled');
    await service.allReleased();
  });

  test(`${kind}: a thread that ends fails the batch, which is not evaluated again`, async () => {
    const gate = new Gate();
    const { sending, rest } = await beginEarly(make, 'exit', gate);
    sending.outgoing.end(rest);
    assert.equal((await sending.response).code, 'engine_unavailable');
    assert.deepEqual(gate.notes, ['begun']);
    // The next batch that is held would wait for the new thread, and be given up.
    const isServed = async () => (await sendSmall(service.url, 'small').response).status === 200;
    await until('there is a new thread', isServed);
    await service.allReleased();
  });
}

test('so does the deadline of the client', async () => {
  const gate = new Gate();
  const withTimeout: Make = ({ metadata, ...batch }) =>
    inferenceRequest({ ...batch, rest: { parameters: { ...metadata, timeout: 100_000 } } });
  const { sending, rest } = await beginEarly(withTimeout, 'hold', gate);
  await sleep(300);
  const start = performance.now();
  sending.outgoing.end(rest);
  assert.equal((await sending.response).code, 'deadline_exceeded');
  const ms = performance.now() - start;
  assert.ok(ms >= 99 && ms < REQUEST_TIMEOUT_MS);
  await gate.noted('cancelled');
  await service.allReleased();
});
