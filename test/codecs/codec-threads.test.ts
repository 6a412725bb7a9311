import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from '../harness/gate.ts';
import { startGatedProcess } from '../harness/gated-process.ts';
import { scrape } from '../harness/scrape.ts';
import { until } from '../harness/until.ts';
import { evaluationBody } from '../helpers/http/early-body.ts';
import { JSON_BODY } from '../helpers/http/gated-batch.ts';
import { allReleased, inFlight, memoryOf } from '../helpers/http/gated-service.ts';
import { type Sending, send } from '../helpers/http/send.ts';
import { writeUntilBegun } from '../helpers/http/write-in-two.ts';

// The threads that read large bodies and write large responses, when they die or take too long.

const service = await startGatedProcess('--request-timeout-ms', '3000');

/** Sends a batch that is read and written in threads. */
function sendLarge(codecCommand: string, engineCommand = 'none'): Sending {
  const body = JSON.stringify({
    class_names: [engineCommand, codecCommand],
    logits: Array(20_000).fill([1.5, 1.5]),
    labels: Array(20_000).fill([1, 0]),
    outputs: ['gradients', 'per_class'],
  });
  return send(service.url, '/v1/focal-loss', JSON_BODY, body);
}

const inUse = async () => (await memoryOf(service.url)).inUse;
const released = () => allReleased(service.url);
const restarts = async () => (await scrape(service.url)).samples.get('focal_loss_codec_thread_restarts_total');

for (const [earlierRestarts, stage] of ['read', 'write'].entries()) {
  test(`${stage}: if the thread dies, the batch fails and its memory is released; the thread is replaced and counted`, async () => {
    const { status, code, headers } = await sendLarge(`exit-${stage} ${new Gate().path}`).response;
    assert.deepEqual([status, code, headers['retry-after']], [503, 'engine_unavailable', '1']);
    await released();
    await until('the restart is counted', async () => (await restarts()) === earlierRestarts + 1);
    assert.equal((await sendLarge('none').response).status, 200);
    assert.equal(await restarts(), earlierRestarts + 1);
    await released();
  });

  test(`${stage}: after a timeout the memory stays in use until the thread is done`, async () => {
    const gate = new Gate();
    const engineGate = new Gate();
    engineGate.open();
    const late = sendLarge(`hold-${stage} ${gate.path}`, `hold ${engineGate.path}`);
    await gate.noted('begun');
    assert.equal((await late.response).status, 504);
    assert.ok((await inUse()) > 100_000);
    gate.open();
    await released();
    // A batch that is read too late is not evaluated.
    assert.deepEqual(engineGate.notes, stage === 'read' ? [] : ['begun']);
  });

  test(`${stage}: after the client disconnects, the memory stays in use until the thread is done`, async () => {
    const gate = new Gate();
    const batch = sendLarge(`hold-${stage} ${gate.path}`);
    await gate.noted('begun');
    batch.disconnect();
    await until('the service has noticed', async () => (await inFlight(service.url)) === 0);
    assert.ok((await inUse()) > 100_000);
    gate.open();
    await released();
  });
}

test('write: of a batch that was computed while it arrived, the memory stays in use until the thread is done', async () => {
  const [computing, writing] = [new Gate(), new Gate()];
  const { path, headers, bytes } = evaluationBody({
    shape: [800_000, 2],
    classAxis: 1,
    metadata: {
      class_names: JSON.stringify([`hold ${computing.path}`, `hold-write ${writing.path}`]),
      outputs: '["gradients"]',
    },
  });
  const accept = 'application/json';
  const batch = send(service.url, path, { ...headers, accept, 'content-length': bytes.length });
  const end = await writeUntilBegun(batch.outgoing, bytes, () => computing.notes.includes('begun'));
  computing.open();
  batch.outgoing.end(bytes.subarray(end));
  await writing.noted('begun');
  const before = await inUse();
  batch.disconnect();
  await until('the service has noticed', async () => (await inFlight(service.url)) === 0);
  assert.equal(await inUse(), before);
  writing.open();
  await released();
});
