import type { Transform } from 'node:stream';
import { ServiceError } from '../core/service-error.ts';
import { zstd } from './zstd.ts';

/** 8 MiB, the most that RFC 9659 allows a body to need. A decoder allocates what the body asks for. */
const WINDOW_LOG = 23;
const WINDOW_BYTES = 2 ** WINDOW_LOG;
/** The most for the windows of all bodies together, which are not part of the memory budget. */
const MAX_WINDOWS_BYTES = 128 * 1024 * 1024;
/** Larger than usual: each chunk takes time of the event loop, and a few kilobytes of zstd can become a gigabyte. */
const CHUNK_BYTES = 65_536;

let windowsBytes = 0;

/**
 * Decompresses a body in zstd. Its window takes memory as it is filled: as much as has been decompressed, up to its size.
 *
 * @throws {ServiceError} as the stream's error: `memory_exhausted` if the windows of all bodies take too much
 */
export function createZstdBody(): Transform {
  const params = { [zstd!.constants.ZSTD_d_windowLogMax]: WINDOW_LOG };
  const decoder = zstd!.createZstdDecompress({ params, chunkSize: CHUNK_BYTES });
  let filled = 0;
  decoder.on('data', (chunk: Buffer) => {
    const added = Math.min(chunk.length, WINDOW_BYTES - filled);
    if (windowsBytes + added > MAX_WINDOWS_BYTES) {
      decoder.destroy(exhausted());
      return;
    }
    filled += added;
    windowsBytes += added;
  });
  decoder.once('close', () => {
    windowsBytes -= filled;
  });
  return decoder;
}

function exhausted(): ServiceError {
  const message = `The ${MAX_WINDOWS_BYTES} bytes for decoders of zstd are in use; those of gzip need hardly any`;
  return new ServiceError('memory_exhausted', message, { retryAfterSeconds: 1 });
}
