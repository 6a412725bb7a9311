import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from '../harness/gate.ts';
import { startGatedProcess } from '../harness/gated-process.ts';
import { scrape } from '../harness/scrape.ts';
import { until } from '../harness/until.ts';
import { JSON_BODY } from '../helpers/http/gated-batch.ts';
import { memoryOf, type Sending, send } from '../helpers/http/gated-service.ts';

// Threads that read large bodies and write large answers, when they die or take too long.

const service = await startGatedProcess('--request-timeout-ms', '3000');

/** A batch that is read and written in threads. */
function sendLarge(command: string, engineCommand = 'none'): Sending {
  const numbers = Array(40_000).fill(1.5);
  const labels = Array(20_000).fill([1, 0]);
  const logits = Array.from({ length: 20_000 }, (_, i) => numbers.slice(2 * i, 2 * i + 2));
  const body = JSON.stringify({
    class_names: [engineCommand, command],
    logits,
    labels,
    outputs: ['gradients', 'per_class'],
  });
  return send(service.url, '/v1/focal-loss', JSON_BODY, body);
}

const inUse = async () => (await memoryOf(service.url)).inUse;
const allReleased = () => until('no request has any memory', async () => (await inUse()) === 0);
const restarts = async () => (await scrape(service.url)).samples.get('focal_loss_codec_thread_restarts_total');

for (const [count, when] of ['read', 'write'].entries()) {
  test(`a thread that dies while it is to ${when} fails that batch, is replaced and counted, and the memory released`, async () => {
    const { status, code, headers } = await sendLarge(`exit-${when} ${new Gate().path}`).answer;
    assert.deepEqual([status, code, headers['retry-after']], [503, 'engine_unavailable', '1']);
    await allReleased();
    await until('it is counted', async () => (await restarts()) === count + 1);
    assert.equal((await sendLarge('none').answer).status, 200);
    assert.equal(await restarts(), count + 1);
    await allReleased();
  });

  test(`after the deadline the memory is kept for the thread that still has to ${when}`, async () => {
    const gate = new Gate();
    const engineGate = new Gate();
    engineGate.open();
    const late = sendLarge(`hold-${when} ${gate.path}`, `hold ${engineGate.path}`);
    await gate.noted('begun');
    const { status } = await late.answer;
    assert.equal(status, 504);
    assert.ok((await inUse()) > 100_000);
    gate.open();
    await allReleased();
    // What is read too late is not computed.
    assert.deepEqual(engineGate.notes, when === 'read' ? [] : ['begun']);
  });

  test(`a caller that hangs up leaves the memory to the thread that still has to ${when}`, async () => {
    const gate = new Gate();
    const batch = sendLarge(`hold-${when} ${gate.path}`);
    await gate.noted('begun');
    batch.hangUp();
    await until('it has gone', async () => {
      const { samples } = await scrape(service.url);
      return samples.get('focal_loss_http_requests_in_flight') === 1;
    });
    assert.ok((await inUse()) > 100_000);
    gate.open();
    await allReleased();
  });
}
