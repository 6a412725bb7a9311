import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from '../harness/gate.ts';
import { until } from '../harness/until.ts';
import { JSON_BODY, ROUTES, sendFile, sendSmall } from '../helpers/http/gated-batch.ts';
import { type GatedService, send, startGatedService } from '../helpers/http/gated-service.ts';
import { readTensorFile } from '../helpers/tensor-file.ts';

// A thread may go on with a batch that nobody waits for any more. What it writes then must be nobody else's.

const SAMPLES = 40_000;

const hasty = await startGatedService({ hangTimeoutMs: 500 }, '--request-timeout-ms', '300');

/** Holds one thread with a batch that was cancelled, has the other one watch its own, and lets the late one write. */
async function lateWriteBeside(service: GatedService, late: Gate): Promise<void> {
  const { inUse, free } = await service.memory();
  assert.ok(inUse > 8 * SAMPLES, `${inUse} bytes are in use`);
  assert.equal(free, 0);
  const watching = new Gate();
  const batch = sendFile(service.url, SAMPLES, `watch ${watching.path}`);
  await watching.noted('begun');
  late.open();
  await late.noted('written');
  watching.open();
  const { status, body } = await batch.answer;
  assert.equal(status, 200, body.toString());
  assert.ok(readTensorFile(body).tensors.gradients!.values.every((value) => value === 1));
  await service.allReleased();
  assert.ok((await service.memory()).free > 0);
}

test('after the deadline, the memory is kept for the thread that is still at it', async () => {
  const service = await startGatedService({ threads: 2 }, '--request-timeout-ms', '1000');
  const late = new Gate();
  const { status } = await sendFile(service.url, SAMPLES, `late ${late.path}`).answer;
  assert.equal(status, 504);
  await lateWriteBeside(service, late);
});

test('after the caller hung up, the memory is kept for the thread that is still at it', async () => {
  const service = await startGatedService({ threads: 2 });
  const late = new Gate();
  const gone = sendFile(service.url, SAMPLES, `late ${late.path}`);
  await late.noted('begun');
  gone.hangUp();
  await until('the batch is given up', () => service.engine.stats.waiting === 0 && !service.engine.full);
  await lateWriteBeside(service, late);
});

for (const [restarts, route] of ROUTES.entries()) {
  test(`${route.path}: a caller is answered at its deadline; a thread that hangs is ended, its memory never used again`, async () => {
    const gate = new Gate();
    const { status, code } = await sendSmall(hasty.url, `hang ${gate.path}`, route).answer;
    assert.deepEqual([status, code], [504, 'deadline_exceeded']);
    const { inUse, free } = await hasty.memory();
    assert.ok(inUse > 0);
    assert.equal(hasty.engine.stats.restarts, restarts);
    await until('the thread is replaced', () => hasty.engine.stats.restarts > restarts);
    await hasty.allReleased();
    assert.equal((await hasty.memory()).free, free);
    assert.equal((await sendSmall(hasty.url, 'none', route).answer).status, 200);
    assert.equal(hasty.engine.stats.restarts, restarts + 1);
  });
}

test('a thread that notices that its batch was cancelled goes on to the next, and is not ended later', async () => {
  const service = await startGatedService({ hangTimeoutMs: 300 }, '--request-timeout-ms', '200');
  const gate = new Gate();
  assert.equal((await sendSmall(service.url, `hold ${gate.path}`).answer).status, 504);
  await gate.noted('cancelled');
  await service.allReleased();
  const { free } = await service.memory();
  assert.ok(free > 0); // It can be used again.
  await new Promise((resolve) => setTimeout(resolve, 400)); // Longer than a thread that hangs is let be.
  assert.equal((await sendSmall(service.url, 'none').answer).status, 200);
  assert.equal(service.engine.stats.restarts, 0);
});

test('a batch that is given up while it waits never comes to a thread', async () => {
  const [running, waiting] = [new Gate(), new Gate()];
  const batches = [sendSmall(hasty.url, `late ${running.path}`), sendSmall(hasty.url, `late ${waiting.path}`)];
  for (const { answer } of batches) assert.equal((await answer).status, 504);
  running.open();
  await hasty.allReleased();
  assert.deepEqual([running.notes, waiting.notes], [['begun', 'written', 'cancelled'], []]);
});

test('a request has less patience than the service where it says so, and never more', async () => {
  const { path, body } = ROUTES[2]!;
  const patient = await startGatedService({}, '--request-timeout-ms', '3600000');
  const within = (microseconds: number, gate: Gate) => {
    const request = JSON.parse(body(`hold ${gate.path}`));
    return JSON.stringify({ ...request, parameters: { ...request.parameters, timeout: microseconds } });
  };
  for (const [{ url }, microseconds] of [
    [patient, 200_000],
    [hasty, 60_000_000],
  ] as const) {
    const gate = new Gate();
    let status: number | undefined;
    void send(url, path, JSON_BODY, within(microseconds, gate)).answer.then((answer) => {
      status = answer.status;
    });
    await until('the caller is answered', () => status !== undefined);
    assert.equal(status, 504);
  }
});
