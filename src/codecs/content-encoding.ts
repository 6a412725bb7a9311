import type { Transform } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import type { Allocator } from '../core/allocator.ts';
import { GrowingBuffer, type GrowingBufferOptions } from '../core/growing-buffer.ts';
import { ServiceError } from '../core/service-error.ts';
import { READS_ZSTD, zstd } from '../core/zstd.ts';
import { CHUNK_BYTES, decodeChunks } from './decode-chunks.ts';

/** The encodings that this Node decompresses, as named by the header Content-Encoding. */
export const CONTENT_ENCODINGS = READS_ZSTD ? (['gzip', 'deflate', 'zstd'] as const) : (['gzip', 'deflate'] as const);
export type ContentEncoding = (typeof CONTENT_ENCODINGS)[number];

/** How many bytes a byte becomes at most: in gzip and deflate a match of 258 bytes takes two bits. */
export const MAX_INFLATION: Readonly<Record<ContentEncoding, number>> = { gzip: 1032, deflate: 1032, zstd: 32_768 };

/** 8 MiB, the most that RFC 9659 allows a body to need. A decoder allocates what the body asks for. */
const ZSTD_WINDOW_LOG = 23;

/**
 * Decompresses a whole body into memory of the allocator. It runs in codec threads, because what comes out may be a thousand
 * times as long as what came in: so the time and the memory of decompression are those of few bodies at a time.
 *
 * @throws {ServiceError} `malformed_body`; `body_too_large` if more comes out than the limit; what the allocator throws
 */
export async function decompress(
  bytes: Uint8Array,
  encoding: ContentEncoding,
  options: GrowingBufferOptions,
  allocator: Allocator,
): Promise<Uint8Array> {
  const decompressed = new GrowingBuffer(allocator, options);
  try {
    await decodeChunks(createDecoder(encoding, allocator), bytes, (chunk) => decompressed.add(chunk));
  } catch (cause) {
    if (cause instanceof ServiceError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ServiceError('malformed_body', `The body could not be read: ${reason}`, { cause });
  }
  return decompressed.finish();
}

function createDecoder(encoding: ContentEncoding, allocator: Allocator): Transform {
  if (encoding === 'gzip') return createGunzip({ chunkSize: CHUNK_BYTES });
  if (encoding === 'deflate') return createInflate({ chunkSize: CHUNK_BYTES });
  allocator.charge(2 ** ZSTD_WINDOW_LOG);
  const params = { [zstd!.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG };
  return zstd!.createZstdDecompress({ params, chunkSize: CHUNK_BYTES });
}
