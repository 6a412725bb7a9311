import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { discardBody } from '../../src/http/request-body.ts';
import { startGatedService } from '../helpers/http/gated-service.ts';

// The memory of bodies that nobody reads is freed as they arrive: V8 of Node 24 would mark the whole heap several times a second.

const BODY_BYTES = 8_000_000;
/** Smaller chunks are left to the garbage collector. */
const SMALL = 16_384;

/** Posts a body and reads the response. @returns its status */
async function upload(url: string, bytes: number, headers: Record<string, string> = {}): Promise<number> {
  const outgoing = request(url, { method: 'POST', headers: { ...headers, 'content-length': bytes } });
  outgoing.on('error', () => {}); // The connection may be closed while it is written to.
  outgoing.end(Buffer.alloc(bytes));
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode!;
}

/** The chunks of the next request to a server. */
function chunksOf(server: Server): Buffer[] {
  const chunks: Buffer[] = [];
  server.once('request', (incoming) => incoming.on('data', (chunk: Buffer) => chunks.push(chunk)));
  return chunks;
}

/** But for the first, which may lie in one piece of memory with the header. */
function areFreed([, ...chunks]: readonly Buffer[]): boolean {
  return chunks.every((chunk) => chunk.length < SMALL);
}

test('a body is discarded chunk by chunk, also if that is asked for twice', async () => {
  const server = createServer((incoming, response) => {
    discardBody(incoming);
    discardBody(incoming);
    incoming.once('end', () => response.end());
  });
  after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const chunks = chunksOf(server);
  await upload(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, BODY_BYTES);
  assert.ok(chunks.length > 10);
  assert.ok(areFreed(chunks));
});

test('the rest of a rejected body is discarded, whether the header or the first bytes were wrong', async () => {
  const { url, app } = await startGatedService({}, '--max-body-bytes', '4000000', '--max-json-bytes', '4000000');
  for (const [path, type, status] of [
    ['/v1/focal-loss', 'application/json', 413],
    ['/v1/focal-loss', 'text/plain', 415],
    ['/v1/nothing', 'application/json', 404],
    ['/v1/focal-loss', 'application/vnd.safetensors', 413],
  ] as const) {
    const chunks = chunksOf(app.server);
    assert.equal(await upload(url + path, BODY_BYTES, { 'content-type': type }), status);
    assert.ok(areFreed(chunks), `${path}, ${type}`);
  }
});
