import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { SECURITY_HEADERS } from '../../../src/http/plugins/security-headers.ts';
import { type RawResponse, readResponses, sendRaw } from '../../helpers/http/raw-socket.ts';
import { startTestService } from '../../helpers/service.ts';

// Bytes on a connection that are not a valid request, or a request that is not read.

const service = await startTestService('--max-json-bytes', '20000');
const batch = '{"logits":[1],"labels":[1]}';
const JSON_HEAD = 'POST /v1/focal-loss HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';

/** Sends bytes and expects one response, which is a problem, and the end of the connection. */
async function problemFor(bytes: string | Buffer, code: string): Promise<RawResponse> {
  const replies = readResponses(await sendRaw(service.url, bytes));
  assert.equal(replies.length, 1);
  const [reply] = replies as [RawResponse];
  const problem = JSON.parse(reply.text);
  assert.deepEqual([problem.code, problem.status], [code, reply.status]);
  assert.match(reply.headers['content-type'] ?? '', /^application\/problem\+json/);
  assert.equal(reply.headers['x-request-id'], problem.request_id);
  assert.equal(reply.headers.connection, 'close');
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) assert.equal(reply.headers[name], value);
  return reply;
}

test('bytes that are not HTTP/1.1 are rejected with a problem', async () => {
  const cases = [
    'hello\r\n\r\n',
    'FOO / HTTP/1.1\r\nhost: x\r\n\r\n',
    'GET / HTTP/9.9\r\nhost: x\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', // The start of a TLS handshake.
    'GET /health/live HTTP/1.1\r\nhost: x\r\nbad header: 1\r\n\r\n',
    'GET /health/live HTTP/1.1\r\nhost: x\r\nname: a\x00b\r\n\r\n',
    'GET /health/live HTTP/1.1\r\nhost: x\r\nname: a\x01b\r\n\r\n',
    'GET /health/live HTTP/1.1\r\nhost: x\r\nname : value\r\n\r\n',
    'GET /health/live HTTP/1.1\r\nhost: x\r\n name: folded\r\n\r\n',
    'GET /hea lth HTTP/1.1\r\nhost: x\r\n\r\n',
  ];
  for (const bytes of cases) {
    const { status } = await problemFor(Buffer.from(bytes, 'latin1'), 'malformed_request');
    assert.equal(status, 400, JSON.stringify(bytes));
  }
});

test('a request with an ambiguous length is rejected, and nothing after it is read', async () => {
  const next = 'GET /v1/engine HTTP/1.1\r\nhost: x\r\n\r\n';
  const cases = [
    'content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    'transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n',
    'content-length: 4\r\ncontent-length: 5\r\n\r\nabcde',
    'content-length: 4, 5\r\n\r\nabcd',
    'content-length: +4\r\n\r\nabcd',
    'content-length: 0x4\r\n\r\nabcd',
    'content-length: -1\r\n\r\n',
    'transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n',
    'transfer-encoding: xchunked\r\n\r\n0\r\n\r\n',
    'transfer-encoding: chunked\r\n\r\nzz\r\n\r\n',
  ];
  for (const bytes of cases) await problemFor(`${JSON_HEAD}${bytes}${next}`, 'malformed_request');
});

test('headers that are too large or too many are rejected', async () => {
  const head = 'GET /health/live HTTP/1.1\r\nhost: x\r\n';
  for (const bytes of [
    `${head}name: ${'x'.repeat(17_000)}\r\n\r\n`,
    `GET /${'x'.repeat(17_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
    `${head}${'a: b\r\n'.repeat(200)}\r\n`,
  ]) {
    assert.equal((await problemFor(bytes, 'headers_too_large')).status, 431);
  }
});

test('HTTP/1.1 without a Host is rejected', async () => {
  await problemFor('GET /health/live HTTP/1.1\r\n\r\n', 'malformed_request');
  const [reply] = readResponses(await sendRaw(service.url, 'GET /health/live HTTP/1.0\r\n\r\n'));
  assert.equal(reply?.status, 200);
});

test('two Host headers are rejected, the same or different', async () => {
  for (const second of ['x', 'y', '']) {
    const bytes = `GET /health/live HTTP/1.1\r\nhost: x\r\nHOST: ${second}\r\n\r\n`;
    const { status, text } = await problemFor(bytes, 'malformed_request');
    assert.equal(status, 400);
    assert.match(text, /expected one Host header, got 2/);
  }
});

test('strange paths and methods get a problem, and never a 5xx', async () => {
  const targets = [
    ['GET', '/%'],
    ['GET', '/%00'],
    ['GET', '/%ff%fe'],
    ['OPTIONS', '*'],
    ['GET', 'http://elsewhere/health/nothing'],
    ['GET', '//elsewhere/health/nothing'],
    ['GET', '/../../../../etc/passwd'],
    ['GET', '/explorer/../../../../package.json'],
    ['GET', '/explorer/..%2f..%2f..%2fpackage.json'],
    ['GET', '/explorer/%2e%2e/%2e%2e/package.json'],
    ['GET', '/explorer/a%00b'],
    ['GET', '/explorer/no-such-file.js'],
    ['GET', '/explorer/../../../package.json'],
    ['GET', '/explorer/%2e%2e/%2e%2e/package.json'],
    ['GET', '/explorer/no-such-file.js'],
    ['GET', `/${'a/'.repeat(7000)}`],
    ['GET', `/__proto__/constructor?${'&'.repeat(8000)}`],
    ['TRACE', '/health/live'],
    ['PROPFIND', '/'],
    ['DELETE', '/v1/engine'],
    ['PURGE', '/v1/engine'],
  ];
  for (const [method, target] of targets) {
    const raw = await sendRaw(service.url, `${method} ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    const [reply] = readResponses(raw) as [RawResponse];
    assert.ok([400, 404, 405].includes(reply.status), `${method} ${target}: ${reply.status}`);
    assert.match(reply.headers['content-type'] ?? '', /^application\/problem\+json/, `${method} ${target}`);
    assert.equal(reply.headers['x-content-type-options'], 'nosniff', `${method} ${target}`);
  }
});

test('an upgrade is ignored, and the request gets its response', async () => {
  const bytes =
    'GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\r\n';
  assert.equal(readResponses(await sendRaw(service.url, bytes))[0]?.status, 200);
});

test('CONNECT is rejected', async () => {
  const { text } = await problemFor(
    'CONNECT elsewhere:443 HTTP/1.1\r\nhost: elsewhere:443\r\n\r\n',
    'malformed_request',
  );
  assert.match(text, /CONNECT is for proxies/);
});

test('a request followed by garbage gets its response and nothing more', async () => {
  const whole = `${JSON_HEAD}content-length: ${batch.length}\r\n\r\n${batch}`;
  for (const behind of ['garbage\r\n\r\n', 'x'.repeat(50_000)]) {
    const replies = readResponses(await sendRaw(service.url, whole + behind));
    assert.deepEqual(
      replies.map(({ status }) => status),
      [200],
    );
  }
});

test('a request that is rejected before it is complete gets no second response if it ends in garbage', async () => {
  const head = 'POST /v1/nothing HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n';
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  let raw = '';
  socket.on('data', (piece) => {
    if (raw === '') socket.write('zz\r\n');
    raw += piece;
  });
  socket.write(head);
  await once(socket, 'close');
  assert.deepEqual(
    readResponses(raw).map(({ status }) => status),
    [404],
  );
});

test('100 Continue is sent if the request passes the checks before its body, and only then', async () => {
  const ask = async (headers: string): Promise<{ reply: string; socket: ReturnType<typeof connect> }> => {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    socket.write(`${headers}expect: 100-continue\r\n\r\n`);
    return { reply: `${(await once(socket, 'data'))[0]}`, socket };
  };
  const good = await ask(`${JSON_HEAD}content-length: ${batch.length}\r\n`);
  assert.equal(good.reply, 'HTTP/1.1 100 Continue\r\n\r\n');
  good.socket.write(batch);
  const [response] = readResponses(`${(await once(good.socket, 'data'))[0]}`);
  assert.equal(response?.status, 200);
  assert.notEqual(response?.headers.connection, 'close');
  good.socket.destroy();

  const rejected = {
    413: `${JSON_HEAD}content-length: 20001\r\n`,
    415: 'POST /v1/focal-loss HTTP/1.1\r\nhost: x\r\ncontent-type: text/csv\r\ncontent-length: 9\r\n',
    404: 'POST /v1/nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n',
  };
  for (const [status, headers] of Object.entries(rejected)) {
    const { reply, socket } = await ask(headers);
    const [problem] = readResponses(reply);
    assert.deepEqual([problem?.status, problem?.headers.connection], [Number(status), 'close']);
    await once(socket, 'close');
  }
});

test('100 Continue is not sent without a required key', async () => {
  const closed = await startTestService('--api-keys', 'key');
  const replies = readResponses(
    await sendRaw(closed.url, `${JSON_HEAD}content-length: ${batch.length}\r\nexpect: 100-continue\r\n\r\n`),
  );
  assert.deepEqual(
    replies.map(({ status }) => status),
    [401],
  );
});

test('an unknown expectation is ignored', async () => {
  const bytes = 'GET /health/live HTTP/1.1\r\nhost: x\r\nexpect: miracles\r\nconnection: close\r\n\r\n';
  assert.equal(readResponses(await sendRaw(service.url, bytes))[0]?.status, 200);
});

test('a client that closes its side within a request is disconnected', async () => {
  for (const start of ['', 'GET /health/live HT', `${JSON_HEAD}content-length: 100\r\n\r\n{`]) {
    const { hostname, port } = new URL(service.url);
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    socket.resume().end(start);
    await once(socket, 'close');
  }
  assert.equal((await service.http.get('/health/live')).status, 200);
});
