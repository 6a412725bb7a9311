import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import type { BufferLease } from '../core/buffer-lease.ts';
import { shuttingDown } from '../core/common-errors.ts';
import { ServiceError } from '../core/service-error.ts';
import { shorten } from '../core/shorten.ts';
import { BodyBuffer, type BodyOptions, bodyTooLarge } from './body-buffer.ts';
import type { Lifecycle } from './lifecycle.ts';
import { watchUpload } from './upload-progress.ts';
import { READS_ZSTD } from './zstd.ts';
import { createZstdBody } from './zstd-body.ts';

/** What decompression takes beside the body: its window, its state and its output. */
const DECOMPRESSOR_BYTES = 65_536;

export interface ReadBodyOptions extends BodyOptions {
  readonly lifecycle: Lifecycle;
  readonly minUploadBytesPerSecond: number;
}

/** Leaves bodies in the stream for `readBody`: Fastify does not collect, parse or validate them. */
export function registerBodyPassthrough(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
}

/**
 * Reads and decompresses a request's body straight into a leased buffer.
 *
 * @throws {ServiceError} `body_too_large`, before anything is read if Content-Length exceeds the limit; `malformed_body`;
 *   `unsupported_media_type` for an unknown Content-Encoding; `memory_exhausted`; `request_timeout` if it arrives too slowly;
 *   `shutting_down`
 */
export async function readBody(
  request: IncomingMessage,
  lease: BufferLease,
  options: ReadBodyOptions,
): Promise<Uint8Array> {
  const encoded = encodingOf(request.headers) !== 'identity';
  const declared = declaredLength(request.headers);
  if (declared !== undefined && declared > options.limit) throw bodyTooLarge(options.limit, `${declared}`);
  if (encoded) lease.charge(DECOMPRESSOR_BYTES);
  const buffer = new BodyBuffer(lease, options, encoded ? undefined : declared);
  await readInto(buffer, decompress(request), request, options);
  return buffer.body();
}

function readInto(
  buffer: BodyBuffer,
  stream: Readable,
  request: IncomingMessage,
  { lifecycle, minUploadBytesPerSecond }: ReadBodyOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      stopWatching();
      // The rest of the body is read and discarded, so that the client can read the response.
      if (stream !== request) stream.destroy();
      request.unpipe().off('data', onData).resume();
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      try {
        buffer.add(chunk);
      } catch (error) {
        fail(error as Error);
      }
    };
    const untrack = lifecycle.trackUpload(() => fail(shuttingDown()));
    // Most bodies have arrived by now.
    const unwatch = request.complete ? () => {} : watchUpload(request, minUploadBytesPerSecond, fail);
    const stopWatching = () => {
      untrack();
      unwatch();
    };
    stream.on('data', onData);
    stream.once('end', () => {
      stopWatching();
      resolve();
    });
    stream.once('error', (cause) => {
      if (cause instanceof ServiceError) fail(cause);
      else fail(new ServiceError('malformed_body', `The body could not be read: ${cause.message}`, { cause }));
    });
    request.once('close', () => {
      // A body may have arrived whole, and its client be gone, before all of it was read: then the stream never ends.
      if (!request.readableEnded) fail(new ServiceError('malformed_body', 'The body ended before it was complete'));
    });
  });
}

function decompress(request: IncomingMessage): Readable {
  switch (encodingOf(request.headers)) {
    case 'gzip':
      return request.pipe(createGunzip());
    case 'deflate':
      return request.pipe(createInflate());
    case 'zstd':
      return request.pipe(createZstdBody());
    default:
      return request;
  }
}

const ENCODINGS = READS_ZSTD ? (['gzip', 'deflate', 'zstd'] as const) : (['gzip', 'deflate'] as const);

function encodingOf({ 'content-encoding': given }: IncomingHttpHeaders): (typeof ENCODINGS)[number] | 'identity' {
  const name = given?.trim().toLowerCase() || 'identity';
  if (name === 'identity') return name;
  const encoding = ENCODINGS.find((known) => known === (name === 'x-gzip' ? 'gzip' : name));
  if (encoding) return encoding;
  throw new ServiceError(
    'unsupported_media_type',
    `expected the Content-Encoding ${ENCODINGS.join(' or ')} or none, got ${shorten(given ?? 'none')}`,
  );
}

function declaredLength({ 'content-length': length }: IncomingHttpHeaders): number | undefined {
  return length === undefined ? undefined : Number(length);
}
