import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { type Config, loadConfig } from '../../../src/config.ts';
import { connectionOptions } from '../../../src/http/plugins/connection-limits.ts';
import { type RawResponse, readResponses, sendRaw } from '../../helpers/http/raw-socket.ts';
import { startTestService } from '../../helpers/service.ts';

// How slow clients may be, and how many.

const POST =
  'POST /v1/focal-loss HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"logits"';

test('a client that is too slow gets 408: before its first byte, in its headers, in its body', async () => {
  const slow = await startTestService('--upload-timeout-ms', '1000', '--min-upload-bytes-per-second', '0');
  const start = performance.now();
  const starts = ['', 'GET /health/live HTTP/1.1\r\nhost:', POST];
  const replies = await Promise.all(starts.map((bytes) => sendRaw(slow.url, bytes)));
  for (const raw of replies) {
    const [reply] = readResponses(raw) as [RawResponse];
    assert.deepEqual([reply.status, JSON.parse(reply.text).code], [408, 'request_timeout']);
  }
  assert.ok(performance.now() - start < 50_000, 'its silence ends it after 61 s');
});

test('headers have to arrive in 15 s, however long a body may take', () => {
  const config = loadConfig([], {}) as Config;
  const timeouts = (uploadTimeoutMs: number) => {
    const { http, requestTimeout } = connectionOptions({ ...config, uploadTimeoutMs });
    return [http.headersTimeout, requestTimeout];
  };
  assert.deepEqual(timeouts(300_000), [15_000, 300_000]);
  assert.deepEqual(timeouts(2000), [2000, 2000]);
});

test('connections beyond the limit are closed, and accepted again when others end', async () => {
  const held: Socket[] = [];
  // Registered before the service closes, which would wait for these.
  after(() => {
    for (const socket of held) socket.destroy();
  });
  const small = await startTestService('--max-connections', '2');
  const { hostname, port } = new URL(small.url);
  held.push(connect(Number(port), hostname), connect(Number(port), hostname));
  await Promise.all(held.map((socket) => once(socket, 'connect')));
  const request = 'GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
  const rejected = await sendRaw(small.url, request).catch((error: NodeJS.ErrnoException) => error.code);
  assert.ok(rejected === '' || rejected === 'ECONNRESET' || rejected === 'EPIPE', rejected);
  for (const socket of held) socket.destroy();
  let raw: string | undefined = '';
  while (!raw) raw = await sendRaw(small.url, request).catch(() => '');
  assert.match(raw, /^HTTP\/1\.1 200 /);
});
