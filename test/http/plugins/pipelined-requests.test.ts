import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { registerPipelinedRequests } from '../../../src/http/plugins/pipelined-requests.ts';
import { scrape } from '../../harness/scrape.ts';
import { until } from '../../harness/until.ts';
import { readResponses, sendRaw } from '../../helpers/http/raw-socket.ts';
import { startTestService } from '../../helpers/service.ts';

// Requests that are sent before earlier ones have their responses.

const service = await startTestService();
const batch = (logit: number) => {
  const body = `{"logits":[${logit}],"labels":[1],"outputs":["loss"]}`;
  const head = 'POST /v1/focal-loss HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
  return `${head}content-length: ${body.length}\r\n\r\n${body}`;
};
const LAST = 'GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';

async function sample(name: string): Promise<number> {
  return (await scrape(service.url)).samples.get(name)!;
}

test('pipelined requests get their responses, in order', async () => {
  const requests = Array.from({ length: 30 }, (_, i) => batch(i)).join('');
  const replies = readResponses(await sendRaw(service.url, requests + LAST));
  assert.equal(replies.length, 31);
  const losses = replies.slice(0, 30).map(({ text }) => JSON.parse(text).loss);
  for (let i = 1; i < losses.length; i++) assert.ok(losses[i] <= losses[i - 1], `${losses[i - 1]}, then ${losses[i]}`);
  assert.ok(losses[29] < losses[0]);
});

test('one request of a connection at a time is in flight', async () => {
  const pipelined = readResponses(
    await sendRaw(service.url, `${'GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(20)}${LAST}`),
  );
  for (const { text } of pipelined.slice(0, 20)) assert.match(text, /^focal_loss_http_requests_in_flight 1$/m);
});

test('what pipelined requests hold is released when their client disconnects', async () => {
  const invalidPath = 'GET /% HTTP/1.1\r\nhost: x\r\n\r\n'; // It is rejected before there is a route.
  for (const requests of [batch(1).repeat(30), invalidPath.repeat(30)]) {
    for (let i = 0; i < 20; i++) {
      const { hostname, port } = new URL(service.url);
      const socket = connect(Number(port), hostname).on('error', () => {});
      socket.write(requests);
      await once(socket, 'data');
      socket.resetAndDestroy();
    }
  }
  await until('only this request is in flight', async () => (await sample('focal_loss_http_requests_in_flight')) === 1);
  await until('no memory is in use', async () => (await sample('focal_loss_memory_in_use_bytes')) === 0);
});

test('a connection with more than 32 requests that wait is closed', async () => {
  const replies = readResponses(await sendRaw(service.url, batch(1).repeat(300)));
  assert.ok(replies.length < 300, `${replies.length} responses`);
  await until('only this request is in flight', async () => (await sample('focal_loss_http_requests_in_flight')) === 1);
});

/** A server whose first response of each connection never ends. */
async function startStalledServer() {
  const server = createServer(() => {});
  registerPipelinedRequests({ server } as FastifyInstance);
  let parsed = 0;
  server.on('request', () => {
    parsed += 1;
  });
  after(() => server.closeAllConnections());
  after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const open = (requests: number) => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.write('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(requests));
    return socket;
  };
  return { open, parsed: () => parsed };
}

test('what a connection has sent beyond its limit is not parsed', async () => {
  const { open, parsed } = await startStalledServer();
  await once(open(1000), 'close');
  assert.equal(parsed(), 34, 'one that is handled, 32 that wait, and the one that is too many');
});

test('all connections together have at most 1024 requests that wait', async () => {
  const { open, parsed } = await startStalledServer();
  const sockets = Array.from({ length: 40 }, () => open(33));
  await until('the requests have arrived', () => sockets.filter(({ closed }) => closed).length === 8);
  assert.equal(parsed(), 32 * 33 + 8 * 2);
  for (const socket of sockets) socket.destroy();
  await until('others may wait again', async () => {
    const socket = open(33);
    await setTimeout(50);
    return !socket.closed;
  });
});
