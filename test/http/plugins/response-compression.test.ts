import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, test } from 'node:test';
import fastify, { type FastifyInstance, LogController } from 'fastify';
import type { Config } from '../../../src/config.ts';
import { zstd } from '../../../src/core/zstd.ts';
import { MIN_COMPRESSED_BYTES, registerResponseCompression } from '../../../src/http/plugins/response-compression.ts';
import { until } from '../../harness/until.ts';
import { decodeBody } from '../../helpers/http/decode-body.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const LARGE = JSON.stringify(Array.from({ length: 20_000 }, (_, i) => Math.fround(Math.sin(i))));
/** So large, compressed too, that the buffers of a connection do not hold it. */
const HUGE = randomBytes(8_000_000).toString('hex');

/** What routes send: a type, and a body, which is a function if it is made anew for each request. */
const ROUTES: Record<string, [type: string, payload: string | Buffer | (() => Readable)]> = {
  '/large': [JSON_TYPE, LARGE],
  '/shared': [JSON_TYPE, shared(LARGE)],
  '/text': ['text/plain; version=0.0.4', LARGE],
  '/yaml': ['application/yaml', LARGE],
  '/threshold': [JSON_TYPE, ' '.repeat(MIN_COMPRESSED_BYTES)],
  '/huge': ['text/plain', HUGE],
  '/below': [JSON_TYPE, ' '.repeat(MIN_COMPRESSED_BYTES - 1)],
  '/small': [JSON_TYPE, '{}'],
  '/tensors': ['application/vnd.safetensors', LARGE],
  '/bytes': ['application/octet-stream', shared(LARGE)],
  '/file': ['text/css', () => Readable.from([LARGE])],
};

/** Bytes in shared memory, as routes send them. */
function shared(text: string): Buffer {
  const bytes = Buffer.from(new SharedArrayBuffer(Buffer.byteLength(text)));
  bytes.write(text);
  return bytes;
}

interface Server {
  readonly app: FastifyInstance;
  readonly url: string;
}

interface Received {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

async function start(responseCompression: Config['responseCompression'], maxCompressions?: number): Promise<Server> {
  const app = fastify({ logController: new LogController({ disableRequestLogging: true }) });
  registerResponseCompression(app, { responseCompression }, maxCompressions);
  for (const [path, [type, payload]] of Object.entries(ROUTES)) {
    app.get(path, async (_request, reply) =>
      reply
        .type(type)
        .serializer((value: unknown) => value as string)
        .send(typeof payload === 'function' ? payload() : payload),
    );
  }
  after(() => app.close());
  return { app, url: await app.listen({ port: 0, host: '0.0.0.0' }) };
}

const always = await start('always');
const remote = await start('remote');
const never = await start('never');

function get({ url }: Pick<Server, 'url'>, path: string, encodings?: string): Promise<Received> {
  const { hostname, port } = new URL(url);
  return receive({ hostname, port, path }, encodings);
}

async function receive(options: RequestOptions, encodings: string | undefined): Promise<Received> {
  const headers = encodings === undefined ? {} : { 'accept-encoding': encodings };
  const outgoing = request({ ...options, headers }).end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(await response.toArray()) };
}

const ENCODINGS = zstd ? ['gzip', 'zstd'] : ['gzip'];
if (!zstd) test('zstd', { skip: `Node ${process.version} has no zstd; 22.15 and 24 have` }, () => {});

for (const encoding of ENCODINGS) {
  for (const path of ['/large', '/shared', '/text', '/yaml', '/threshold']) {
    test(`${path} is compressed with ${encoding}`, async () => {
      const plain = await get(always, path);
      assert.equal(plain.headers['content-length'], `${plain.body.length}`);
      assert.equal(plain.headers['content-encoding'], undefined);
      const { status, headers, body } = await get(always, path, encoding);
      assert.equal(status, 200);
      assert.equal(headers['content-encoding'], encoding);
      assert.equal(headers['content-length'], undefined);
      assert.equal(headers['transfer-encoding'], 'chunked');
      assert.equal(headers['content-type'], plain.headers['content-type']);
      assert.ok(body.length < plain.body.length / 2 + 100);
      assert.ok(decodeBody(body, encoding).equals(plain.body));
      for (const response of [plain, { headers }]) assert.equal(response.headers.vary, 'Accept-Encoding');
    });
  }
}

test('a client that reads zstd and gzip gets zstd if this Node has it', async () => {
  const { headers } = await get(always, '/large', 'gzip, deflate, br, zstd');
  assert.equal(headers['content-encoding'], zstd ? 'zstd' : 'gzip');
});

test('what is small, binary or a file is sent as it is', async () => {
  for (const path of ['/below', '/small', '/tensors', '/bytes', '/file']) {
    const { headers, body } = await get(always, path, 'gzip');
    assert.equal(headers['content-encoding'], undefined, path);
    assert.equal(headers.vary, undefined, path);
    assert.deepEqual(body, (await get(always, path)).body, path);
  }
});

test('a client that excludes identity gets even a small response compressed, unless it excludes everything', async () => {
  const { headers, body } = await get(always, '/small', 'gzip, identity;q=0');
  assert.deepEqual([headers['content-encoding'], headers.vary], ['gzip', 'Accept-Encoding']);
  assert.equal(decodeBody(body, 'gzip').toString(), '{}');
  assert.equal((await get(remote, '/large', 'gzip, *;q=0')).headers['content-encoding'], 'gzip');
  assert.equal((await get(always, '/large', '*;q=0')).body.toString(), LARGE);
});

test('by default nothing is compressed for clients on the same machine', async () => {
  for (const server of [remote, never]) {
    const { headers, body } = await get(server, '/large', 'gzip');
    assert.deepEqual([headers['content-encoding'], headers.vary, body.toString()], [undefined, undefined, LARGE]);
  }
  for (const { family, address } of Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])) {
    if (family !== 'IPv4') continue;
    const url = new URL(remote.url);
    url.hostname = address;
    assert.equal((await get({ url: url.href }, '/large', 'gzip')).headers['content-encoding'], undefined, address);
  }
  const socketPath = join(tmpdir(), `compression-${process.pid}.sock`);
  const unix = fastify();
  after(() => unix.close());
  registerResponseCompression(unix, { responseCompression: 'remote' });
  unix.get('/large', async (_request, reply) => reply.type(JSON_TYPE).send(LARGE));
  await unix.listen({ path: socketPath });
  const overSocket = await receive({ socketPath, path: '/large' }, 'gzip');
  assert.equal(overSocket.headers['content-encoding'], undefined);
});

test('by default responses are compressed for clients on other machines', async () => {
  const encodingFor = async ({ app }: Server, remoteAddress: string) => {
    const { headers, rawPayload } = await app.inject({
      url: '/large',
      remoteAddress,
      headers: { 'accept-encoding': 'gzip' },
    });
    const encoding = headers['content-encoding'] as string | undefined;
    assert.equal(decodeBody(rawPayload, encoding).toString(), LARGE);
    return encoding;
  };
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fe80::1', 'fe80::1%eth0', '2001:db8::1', '128.0.0.1']) {
    assert.equal(await encodingFor(remote, address), 'gzip', address);
    assert.equal(await encodingFor(never, address), undefined, address);
  }
  for (const address of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
    assert.equal(await encodingFor(remote, address), undefined, address);
  }
});

test('HEAD has the headers of GET and no body', async () => {
  const head = (path: string) =>
    `HEAD ${path} HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n`;
  const large = String(await sendRaw(always, head('/large')));
  assert.match(large, /content-encoding: gzip\r\n/);
  assert.match(large, /vary: Accept-Encoding\r\n/);
  assert.doesNotMatch(large, /content-length/i);
  assert.ok(large.endsWith('\r\n\r\n'));
  assert.match(String(await sendRaw(always, head('/small'))), /content-length: 2\r\n/);
});

test('a client of HTTP/1.0 gets no chunks: the end of the connection is the end of the response', async () => {
  for (const keepAlive of ['', 'connection: keep-alive\r\n']) {
    const raw = await sendRaw(always, `GET /large HTTP/1.0\r\naccept-encoding: gzip\r\n${keepAlive}\r\n`);
    const end = raw.indexOf('\r\n\r\n');
    const head = raw.subarray(0, end).toString();
    assert.match(head, /content-encoding: gzip/);
    assert.doesNotMatch(head, /transfer-encoding|content-length/i);
    assert.equal(decodeBody(raw.subarray(end + 4), 'gzip').toString(), LARGE);
  }
});

test('20 large responses at a time are right', async () => {
  const responses = await Promise.all(
    Array.from({ length: 20 }, (_, i) => get(always, i % 2 ? '/large' : '/huge', ENCODINGS[i % ENCODINGS.length])),
  );
  for (const [i, { headers, body }] of responses.entries()) {
    const decoded = decodeBody(body, headers['content-encoding']);
    assert.ok(decoded.equals(Buffer.from(i % 2 ? LARGE : HUGE)), `${i}`);
  }
});

test('beyond the limit of compressions, responses are sent as they are, until a client disconnects', async () => {
  const limited = await start('always', 2);
  const slow = [await beginToRead(limited), await beginToRead(limited)];
  const third = await get(limited, '/large', 'gzip');
  assert.deepEqual([third.headers['content-encoding'], third.headers.vary], [undefined, 'Accept-Encoding']);
  assert.equal(third.body.toString(), LARGE);
  slow[0]!.destroy();
  await until('one may be compressed', async () => {
    return (await get(limited, '/large', 'gzip')).headers['content-encoding'] === 'gzip';
  });
  slow[1]!.destroy();
});

test('a client that disconnects within its response ends the compression', async () => {
  const limited = await start('always', 1);
  for (let i = 0; i < 20; i++) {
    const socket = await beginToRead(limited);
    socket.destroy();
    await until('it has ended', async () => {
      return (await get(limited, '/large', 'gzip')).headers['content-encoding'] === 'gzip';
    });
  }
});

/** Requests a response that the connection cannot hold, and waits until some of it has arrived, compressed. */
async function beginToRead({ url }: Server): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write('GET /huge HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\n\r\n');
  await once(socket, 'readable');
  assert.match(String(socket.read()), /content-encoding: gzip/);
  return socket;
}

async function sendRaw({ url }: Server, text: string): Promise<Buffer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(text);
  return Buffer.concat(await socket.toArray());
}
