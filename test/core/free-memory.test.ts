import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { freeChunk } from '../../src/core/free-memory.ts';

test('the memory of a chunk is freed at once', () => {
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 100; i++) {
    const chunk = new Uint8Array(2 ** 20);
    freeChunk(chunk);
    assert.equal(chunk.length, 0);
  }
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 2 ** 20, `${grown} bytes are left`);
});

test('memory that others use, too, is left alone', () => {
  const whole = new Uint8Array([1, 2, 3]);
  freeChunk(whole.subarray(1));
  const shared = new Uint8Array(new SharedArrayBuffer(3));
  freeChunk(shared);
  assert.deepEqual([...whole], [1, 2, 3]);
  assert.equal(shared.length, 3);
});

test("the chunks of a request's body have memory of their own, which can be freed", async () => {
  const lengths: number[] = [];
  const server = createServer((incoming, response) => {
    incoming.on('data', (chunk: Buffer) => {
      lengths.push(chunk.length);
      freeChunk(chunk);
      assert.equal(chunk.length, 0);
    });
    incoming.on('end', () => response.end());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const outgoing = request({ port: (server.address() as AddressInfo).port, method: 'POST' });
  outgoing.end(Buffer.alloc(3_000_000));
  const [response] = await once(outgoing, 'response');
  response.resume();
  await once(response, 'end');
  server.close();
  assert.equal(
    lengths.reduce((a, b) => a + b),
    3_000_000,
  );
});
