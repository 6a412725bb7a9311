import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decompress } from '../../src/codecs/content-encoding.ts';
import { Allocator } from '../../src/core/allocator.ts';
import { READS_ZSTD } from '../../src/core/zstd.ts';
import { zstdCompressSync } from '../helpers/http/decode-body.ts';

class RecordingAllocator extends Allocator {
  charged = 0;

  bytes(length: number): Uint8Array {
    return new Uint8Array(length);
  }

  charge(bytes: number): void {
    this.charged += bytes;
  }
}

const skip = !READS_ZSTD && `Node ${process.version} does not read zstd, or not correctly; 24 does`;

test('the window that a decoder of zstd may allocate is charged to the request', { skip }, async () => {
  const allocator = new RecordingAllocator();
  const text = Buffer.from('focal loss '.repeat(1000));
  const bytes = await decompress(zstdCompressSync!(text), 'zstd', { limit: 1e6 }, allocator);
  assert.deepEqual(Buffer.from(bytes), text);
  assert.equal(allocator.charged, 8 * 2 ** 20);
});
