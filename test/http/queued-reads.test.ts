import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from '../harness/gate.ts';
import { startGatedProcess } from '../harness/gated-process.ts';
import { JSON_BODY } from '../helpers/http/gated-batch.ts';
import { send } from '../helpers/http/send.ts';

// Batches that are being read are in the queue, too.

const service = await startGatedProcess('--queue-limit', '2');
const SMALL = JSON.stringify({ logits: [1], labels: [1] });

function sendBatch(path: string, body: string) {
  return send(service.url, path, JSON_BODY, body);
}

const BODIES = {
  '/v1/focal-loss': (command: string) => {
    const numbers = new Array(20_000).fill(0);
    return JSON.stringify({ class_names: [command], logits: numbers, labels: numbers });
  },
  // However short, a sweep is read in a thread.
  '/v1/focal-loss/sweep': (command: string) =>
    JSON.stringify({ class_names: [command], logits: [1], labels: [1], gammas: [2] }),
};

for (const [path, bodyOf] of Object.entries(BODIES)) {
  test(`${path}: while as many are being read as may wait, the next batch is rejected`, async () => {
    const gate = new Gate();
    const held = Array.from({ length: 3 }, () => sendBatch(path, bodyOf(`hold-read ${gate.path}`)));
    await gate.noted('begun');
    let rejected: Awaited<ReturnType<typeof sendBatch>['response']>;
    do rejected = await sendBatch('/v1/focal-loss', SMALL).response;
    while (rejected.status === 200); // Not all of the others had arrived.
    assert.deepEqual([rejected.status, rejected.code], [429, 'queue_full']);
    gate.open();
    for (const { response } of held) assert.equal((await response).status, 200);
    assert.equal((await sendBatch('/v1/focal-loss', SMALL).response).status, 200);
  });
}
