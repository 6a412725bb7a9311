import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { Gate } from '../harness/gate.ts';
import { until } from '../harness/until.ts';
import { JSON_BODY, ROUTES, type Route, sendSmall } from '../helpers/http/gated-batch.ts';
import { type GatedService, send, startGatedService } from '../helpers/http/gated-service.ts';
import { readReplies } from '../helpers/http/raw-socket.ts';

// A batch that the service has no capacity for is rejected before its body is sent; and, where others came first while
// the body was on its way, before it is decoded.

/** Fills the queue; what fills it is answered once the gate is open. */
async function fill({ url, engine }: GatedService, gate: Gate): Promise<() => Promise<void>> {
  const running = sendSmall(url, `hold ${gate.path}`);
  await gate.noted('begun');
  const waiting = sendSmall(url, 'none');
  await until('the queue is full', () => engine.full);
  return async () => {
    gate.open();
    for (const { answer } of [running, waiting]) assert.equal((await answer).status, 200);
  };
}

/** What a caller hears that asks before it sends its body, and whether the connection is closed then. */
async function ask(url: string, { path, body }: Route): Promise<{ reply: string; socket: Socket }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`);
  socket.write(`content-length: ${body('none').length}\r\nexpect: 100-continue\r\n\r\n`);
  return { reply: `${(await once(socket, 'data'))[0]}`, socket };
}

async function rejectsUnread(service: GatedService, route: Route, status: number, code: string): Promise<void> {
  const { inUse } = await service.memory();
  const { reply, socket } = await ask(service.url, route);
  const [problem] = readReplies(reply);
  assert.deepEqual([problem?.status, problem?.headers.connection], [status, 'close'], reply);
  assert.equal(JSON.parse(problem!.text).code, code);
  assert.ok(Number(problem?.headers['retry-after']) >= 1);
  assert.equal((await service.memory()).inUse, inUse);
  await until('the connection is closed', () => socket.closed);
}

const service = await startGatedService({ queueLimit: 1 });

for (const route of ROUTES) {
  test(`${route.path}: while the queue is full, a batch is rejected before its body is sent`, async () => {
    const { reply, socket } = await ask(service.url, route);
    assert.equal(reply, 'HTTP/1.1 100 Continue\r\n\r\n');
    socket.destroy();
    const finish = await fill(service, new Gate());
    await rejectsUnread(service, route, 429, 'queue_full');
    await finish();
    assert.equal((await sendSmall(service.url, 'none', route).answer).status, 200);
  });

  test(`${route.path}: where the queue filled up while the body came, a batch is rejected before it is decoded`, async () => {
    const upload = send(service.url, route.path, { ...JSON_BODY, expect: '100-continue' });
    await once(upload.outgoing, 'continue'); // It was found good, and is being read.
    const finish = await fill(service, new Gate());
    upload.outgoing.end('this is no JSON');
    const { status, code, headers } = await upload.answer;
    assert.deepEqual([status, code], [429, 'queue_full']);
    assert.ok(Number(headers['retry-after']) >= 1);
    await finish();
    await service.allReleased();
  });
}

test('once the service is closing, a batch is rejected before its body is sent', async () => {
  const closing = await startGatedService();
  closing.lifecycle.drain();
  for (const route of ROUTES) {
    const { status, headers } = await sendSmall(closing.url, 'none', route).answer;
    assert.deepEqual([status, headers.connection], [200, 'close']);
  }
  closing.lifecycle.close();
  for (const route of ROUTES) await rejectsUnread(closing, route, 503, 'shutting_down');
});

test('what waits and what runs is told while it does, and the queue takes as many as it may', async () => {
  const { url, engine } = await startGatedService({ threads: 2, queueLimit: 3 });
  const gate = new Gate();
  const batches = Array.from({ length: 5 }, () => sendSmall(url, `hold ${gate.path}`));
  await gate.noted('begun', 2);
  await until('three wait', () => engine.stats.waiting === 3);
  assert.equal(engine.full, true);
  assert.equal((await sendSmall(url, 'none').answer).status, 429);
  assert.equal(gate.notes.length, 2);
  gate.open();
  for (const { answer } of batches) assert.equal((await answer).status, 200);
  assert.deepEqual([engine.full, engine.stats.waiting], [false, 0]);
});
