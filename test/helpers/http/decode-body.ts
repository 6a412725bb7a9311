import assert from 'node:assert/strict';
import zlib from 'node:zlib';

/** What only newer versions of Node have. */
const { zstdCompressSync, zstdDecompressSync } = zlib as unknown as Record<
  string,
  ((bytes: Buffer) => Buffer) | undefined
>;

export { zstdCompressSync };

/** Undoes a Content-Encoding. */
export function decodeBody(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === undefined) return body;
  if (encoding === 'gzip') return zlib.gunzipSync(body);
  assert.equal(encoding, 'zstd');
  return zstdDecompressSync!(body);
}
