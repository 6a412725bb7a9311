import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from '../harness/gate.ts';
import { until } from '../harness/until.ts';
import { JSON_BODY, ROUTES, sendFile, sendSmall } from '../helpers/http/gated-batch.ts';
import { type GatedService, inFlight, startGatedService } from '../helpers/http/gated-service.ts';
import { send } from '../helpers/http/send.ts';
import { readTensorFile } from '../helpers/tensor-file.ts';

// A thread may go on with a batch that has timed out or whose client has disconnected. It must not write into the memory of
// another batch.

const SAMPLES = 40_000;

const shortTimeout = await startGatedService({ hangTimeoutMs: 500 }, '--request-timeout-ms', '300');

/** While one thread is held with a cancelled batch, has the other thread watch a second batch during the late write. */
async function writeLateBesideAnother(service: GatedService, late: Gate): Promise<void> {
  const { inUse } = await service.memory();
  assert.ok(inUse > 8 * SAMPLES, `${inUse} bytes are in use`);
  const watching = new Gate();
  const batch = sendFile(service.url, SAMPLES, `watch ${watching.path}`);
  await watching.noted('begun');
  late.open();
  await late.noted('written');
  watching.open();
  const { status, body } = await batch.response;
  assert.equal(status, 200, body.toString());
  assert.ok(readTensorFile(body).tensors.gradients!.values.every((value) => value === 1));
  await service.allReleased();
  assert.ok((await service.memory()).free > 0);
}

test('after a timeout, the memory stays in use until the thread is done', async () => {
  const service = await startGatedService({ threads: 2 }, '--request-timeout-ms', '3000');
  const late = new Gate();
  const { status } = await sendFile(service.url, SAMPLES, `late ${late.path}`).response;
  assert.equal(status, 504);
  await writeLateBesideAnother(service, late);
});

test('after the client disconnects, the memory stays in use until the thread is done', async () => {
  const service = await startGatedService({ threads: 2 });
  const late = new Gate();
  const batch = sendFile(service.url, SAMPLES, `late ${late.path}`);
  await late.noted('begun');
  batch.disconnect();
  await until('the service has noticed', async () => (await inFlight(service.url)) === 0);
  await writeLateBesideAnother(service, late);
});

for (const route of ROUTES) {
  test(`${route.path}: a batch times out at once; a thread that hangs is ended, and its memory free after that`, async () => {
    const { restarts } = shortTimeout.engine.stats;
    const gate = new Gate();
    const { status, code } = await sendSmall(shortTimeout.url, `hang ${gate.path}`, route).response;
    assert.deepEqual([status, code], [504, 'deadline_exceeded']);
    assert.ok((await shortTimeout.memory()).inUse > 0);
    assert.equal(shortTimeout.engine.stats.restarts, restarts);
    await until('the thread is replaced', () => shortTimeout.engine.stats.restarts > restarts);
    await shortTimeout.allReleased();
    assert.equal((await sendSmall(shortTimeout.url, 'none', route).response).status, 200);
    assert.equal(shortTimeout.engine.stats.restarts, restarts + 1);
  });
}

test('a thread that notices the cancellation of its batch serves the next one, and is not ended later', async () => {
  const service = await startGatedService({ hangTimeoutMs: 300 }, '--request-timeout-ms', '200');
  const gate = new Gate();
  assert.equal((await sendSmall(service.url, `hold ${gate.path}`).response).status, 504);
  await gate.noted('cancelled');
  await service.allReleased();
  assert.ok((await service.memory()).free > 0); // The memory can be reused.
  await new Promise((resolve) => setTimeout(resolve, 400)); // Longer than the hang timeout.
  assert.equal((await sendSmall(service.url, 'none').response).status, 200);
  assert.equal(service.engine.stats.restarts, 0);
});

test('a batch that times out while it waits is never evaluated', async () => {
  const [running, waiting] = [new Gate(), new Gate()];
  const batches = [running, waiting].map((gate) => sendSmall(shortTimeout.url, `late ${gate.path}`));
  for (const { response } of batches) assert.equal((await response).status, 504);
  running.open();
  await shortTimeout.allReleased();
  assert.deepEqual([running.notes, waiting.notes], [['begun', 'written', 'cancelled'], []]);
});

test('a request may set a shorter timeout than the service, and never a longer one', async () => {
  const { path, body } = ROUTES[2]!;
  const longTimeout = await startGatedService({}, '--request-timeout-ms', '3600000');
  const withTimeout = (microseconds: number) => {
    const request = JSON.parse(body(`hold ${new Gate().path}`));
    return JSON.stringify({ ...request, parameters: { ...request.parameters, timeout: microseconds } });
  };
  for (const [{ url }, microseconds] of [
    [longTimeout, 200_000],
    [shortTimeout, 60_000_000],
  ] as const) {
    let status: number | undefined;
    void send(url, path, JSON_BODY, withTimeout(microseconds)).response.then((response) => {
      status = response.status;
    });
    await until('the response is received', () => status !== undefined);
    assert.equal(status, 504);
  }
});

test('a timeout that no timer can wait for is that of the service', async () => {
  const { path, body } = ROUTES[2]!;
  for (const microseconds of [2 ** 31 * 1000, 2 ** 53, 1e308]) {
    const request = { ...JSON.parse(body('none')), parameters: { timeout: microseconds } };
    const { status } = await send(shortTimeout.url, path, JSON_BODY, JSON.stringify(request)).response;
    assert.equal(status, 200, `${microseconds}`);
  }
});
