import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import type { BufferLease } from '../core/buffer-lease.ts';
import { ServiceError } from '../core/service-error.ts';
import { shorten } from '../core/shorten.ts';
import { READS_ZSTD } from './zstd.ts';
import { createZstdBody } from './zstd-body.ts';

export interface BodyOptions {
  /** The most bytes, after decompression. */
  readonly limit: number;
  /** The offset in the body where numbers begin: it is placed at a multiple of 8, so that they can be read in place. */
  readonly alignAt?: number;
}

const ALIGNMENT = 8;
const INITIAL_BYTES = 65_536;

/** Leaves bodies in the stream for `readBody`: Fastify does not collect, parse or validate them. */
export function registerBodyPassthrough(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
}

/**
 * Reads and decompresses a request's body straight into a leased buffer. Content-Length determines its size; without one
 * it grows by doubling.
 *
 * @throws {ServiceError} `body_too_large`, before anything is read if Content-Length exceeds the limit; `malformed_body`;
 *   `unsupported_media_type` for an unknown Content-Encoding
 */
export async function readBody(
  request: IncomingMessage,
  lease: BufferLease,
  options: BodyOptions,
): Promise<Uint8Array> {
  const encoded = encodingOf(request.headers) !== 'identity';
  const declared = declaredLength(request.headers);
  if (declared !== undefined && declared > options.limit) throw tooLarge(options.limit, `${declared}`);
  const buffer = new BodyBuffer(lease, options, encoded ? undefined : declared);
  await readInto(buffer, decompress(request), request);
  return buffer.body();
}

/** A growable buffer for a body that arrives in chunks. */
class BodyBuffer {
  readonly #lease: BufferLease;
  readonly #limit: number;
  /** Bytes before the body that align its numbers. */
  readonly #padding: number;
  /** The largest size: padding and the limit. */
  readonly #maxBytes: number;
  #bytes: Uint8Array;
  #end: number;

  constructor(lease: BufferLease, { limit, alignAt = 0 }: BodyOptions, length: number | undefined) {
    this.#lease = lease;
    this.#limit = limit;
    this.#padding = (ALIGNMENT - (alignAt % ALIGNMENT)) % ALIGNMENT;
    this.#maxBytes = this.#padding + limit;
    this.#bytes = lease.bytes(length === undefined ? Math.min(this.#maxBytes, INITIAL_BYTES) : this.#padding + length);
    this.#end = this.#padding;
  }

  add(chunk: Uint8Array): void {
    const end = this.#end + chunk.length;
    if (end - this.#padding > this.#limit) throw tooLarge(this.#limit, 'more');
    if (end > this.#bytes.length) {
      const larger = this.#lease.bytes(Math.min(Math.max(end, 2 * this.#bytes.length), this.#maxBytes));
      larger.set(this.#bytes.subarray(0, this.#end));
      this.#lease.free(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end = end;
  }

  body(): Uint8Array {
    return this.#bytes.subarray(this.#padding, this.#end);
  }
}

function readInto(buffer: BodyBuffer, stream: Readable, request: IncomingMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
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
    stream.on('data', onData);
    stream.once('end', resolve);
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

function tooLarge(limit: number, got: string): ServiceError {
  return new ServiceError('body_too_large', `expected a body of at most ${limit} bytes, got ${got}`);
}
