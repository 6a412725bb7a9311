import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, test } from 'node:test';
import { Gate, openAllGates } from '../harness/gate.ts';
import { until } from '../harness/until.ts';
import { JSON_BODY, ROUTES, type Route, sendSmall } from '../helpers/http/gated-batch.ts';
import { type GatedService, inFlight, startGatedService } from '../helpers/http/gated-service.ts';
import { readResponses } from '../helpers/http/raw-socket.ts';
import { send } from '../helpers/http/send.ts';

// A batch that the service has no capacity for is rejected before its body is sent. If others filled the queue while the
// body arrived, the batch is rejected before it is decoded.

const sockets: Socket[] = [];

// A test that fails leaves threads and connections behind, for which the next test and the end of the service would wait.
afterEach(async () => {
  openAllGates();
  for (const socket of sockets.splice(0)) socket.destroy();
  await until('nothing is in flight', async () => (await inFlight(service.url)) === 0);
});

/** Fills the queue of one. @returns a function that empties it, and expects success of both batches */
async function fillQueue({ url, engine }: GatedService): Promise<() => Promise<void>> {
  const gate = new Gate();
  const running = sendSmall(url, `hold ${gate.path}`);
  await gate.noted('begun');
  const waiting = sendSmall(url, 'none');
  await until('the queue is full', () => engine.stats.waiting === 1);
  return async () => {
    gate.open();
    for (const { response } of [running, waiting]) assert.equal((await response).status, 200);
  };
}

/** Sends the headers of a batch with `Expect: 100-continue`. @returns the first reply */
async function expectContinue(url: string, { path, body }: Route): Promise<{ reply: string; socket: Socket }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`);
  socket.write(`content-length: ${body('none').length}\r\nexpect: 100-continue\r\n\r\n`);
  return { reply: `${(await once(socket, 'data'))[0]}`, socket };
}

async function rejectsUnread(service: GatedService, route: Route, status: number, code: string): Promise<void> {
  const { inUse } = await service.memory();
  const { reply, socket } = await expectContinue(service.url, route);
  const [problem] = readResponses(reply);
  assert.deepEqual([problem?.status, problem?.headers.connection], [status, 'close'], reply);
  assert.equal(JSON.parse(problem!.text).code, code);
  assert.ok(Number(problem?.headers['retry-after']) >= 1);
  assert.equal((await service.memory()).inUse, inUse);
  await until('the connection is closed', () => socket.closed);
}

const service = await startGatedService({ queueLimit: 1 });

for (const route of ROUTES) {
  test(`${route.path}: while the queue is full, a batch is rejected before its body is sent`, async () => {
    const { reply } = await expectContinue(service.url, route);
    assert.equal(reply, 'HTTP/1.1 100 Continue\r\n\r\n');
    const finish = await fillQueue(service);
    await rejectsUnread(service, route, 429, 'queue_full');
    await finish();
    assert.equal((await sendSmall(service.url, 'none', route).response).status, 200);
  });

  test(`${route.path}: if the queue fills up while the body arrives, the batch is rejected before it is decoded`, async () => {
    const upload = send(service.url, route.path, { ...JSON_BODY, expect: '100-continue' });
    await once(upload.outgoing, 'continue'); // It has passed the first check.
    const finish = await fillQueue(service);
    upload.outgoing.end('not JSON');
    const { status, code, headers } = await upload.response;
    assert.deepEqual([status, code], [429, 'queue_full']);
    assert.ok(Number(headers['retry-after']) >= 1);
    await finish();
    await service.allReleased();
  });
}

test('while the service is closing, a batch is rejected before its body is sent', async () => {
  const closing = await startGatedService();
  closing.lifecycle.drain();
  for (const route of ROUTES) {
    const { status, headers } = await sendSmall(closing.url, 'none', route).response;
    assert.deepEqual([status, headers.connection], [200, 'close']);
  }
  closing.lifecycle.close();
  for (const route of ROUTES) await rejectsUnread(closing, route, 503, 'shutting_down');
});

test('one batch per thread runs, others wait up to the queue limit, and the next one is rejected', async () => {
  const { url, engine } = await startGatedService({ threads: 2, queueLimit: 3 });
  const gate = new Gate();
  const batches = Array.from({ length: 5 }, () => sendSmall(url, `hold ${gate.path}`));
  await gate.noted('begun', 2);
  await until('three wait', () => engine.stats.waiting === 3);
  assert.equal((await sendSmall(url, 'none').response).status, 429);
  assert.equal(gate.notes.length, 2);
  gate.open();
  for (const { response } of batches) assert.equal((await response).status, 200);
  assert.equal(engine.stats.waiting, 0);
  assert.equal((await sendSmall(url, 'none').response).status, 200);
});
