import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from '../harness/gate.ts';
import { startGatedProcess } from '../harness/gated-process.ts';
import { until } from '../harness/until.ts';
import { alignedFile } from '../helpers/http/aligned-file.ts';
import { SAFETENSORS } from '../helpers/http/gated-batch.ts';
import { allReleased, inFlight, memoryOf } from '../helpers/http/gated-service.ts';
import { send } from '../helpers/http/send.ts';
import { writeInTwo } from '../helpers/http/write-in-two.ts';

// Responses to batches that were computed while they arrived, which a codec thread writes.

const CLASSES = 80;
const REST = 2 ** 20;

test('the memory of the response stays in use until it is written, if the client disconnects', async () => {
  const { url } = await startGatedProcess('--request-timeout-ms', '60000');
  const gate = new Gate();
  const names = Array.from({ length: CLASSES }, (_, c) => (c === 0 ? `hold-write ${gate.path}` : `${c}`));
  const metadata = { class_names: JSON.stringify(names) };
  const file = alignedFile({ shape: [20_000, CLASSES], classAxis: 1, metadata });
  const headers = { ...SAFETENSORS, accept: 'application/json', 'content-length': file.length };
  const sending = send(url, '/v1/focal-loss', headers);
  await writeInTwo(sending.outgoing, file.subarray(0, file.length - REST));
  sending.outgoing.end(file.subarray(file.length - REST));
  await gate.noted('begun');
  const { inUse } = await memoryOf(url);
  sending.disconnect();
  await until('the service has noticed', async () => (await inFlight(url)) === 0);
  assert.equal((await memoryOf(url)).inUse, inUse);
  gate.open();
  await allReleased(url);
});
