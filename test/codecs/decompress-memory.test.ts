import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { decompress } from '../../src/codecs/content-encoding.ts';
import { ArenaAllocator, unpooled } from '../../src/core/allocator.ts';

test('the memory of the decoder is free when a body is decompressed', async () => {
  const body = Buffer.alloc(1000);
  const bodies = [
    ['gzip', gzipSync(body)],
    ['deflate', deflateSync(body)],
    ['gzip', gzipSync(Buffer.alloc(1_000_000))],
  ] as const;
  const arena = new Uint8Array(8_000_000);
  const before = process.memoryUsage().arrayBuffers;
  for (let round = 0; round < 20; round++) {
    for (const [encoding, bytes] of bodies) {
      await decompress(bytes, encoding, { limit: 2_000_000 }, new ArenaAllocator(arena, unpooled));
    }
  }
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 2 ** 20, `${grown} bytes are left`);
});

test('memory that others use is left alone', async () => {
  const arena = new Uint8Array(8_000_000);
  for (const lengths of [[10, 20, 30], [1, 140_000, 1], [131_072, 131_072, 5], [200_000, 3], Array(2000).fill(7)]) {
    const parts = lengths.map((length, i) => Buffer.alloc(length, i + 1));
    const others = [Buffer.from('before'), Buffer.allocUnsafe(100).fill('x')];
    const bytes = Buffer.concat(parts.map((part) => gzipSync(part)));
    const read = await decompress(bytes, 'gzip', { limit: 2_000_000 }, new ArenaAllocator(arena, unpooled));
    assert.ok(Buffer.concat(parts).equals(read), `members of ${lengths.slice(0, 5)} bytes`);
    assert.deepEqual(others.map(String), ['before', 'x'.repeat(100)]);
    assert.equal(Buffer.from('behind').toString(), 'behind');
  }
});
