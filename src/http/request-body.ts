import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import type { BufferLease } from '../core/buffer-lease.ts';
import { ServiceError } from '../core/service-error.ts';

export interface BodyRules {
  /** The most bytes, after inflating. */
  readonly limit: number;
  /** Where in the body numbers begin: they are put at a multiple of 8, so that they can be read in place. */
  readonly alignAt?: number;
}

const ALIGNMENT = 8;
const INITIAL_BYTES = 65_536;

/** Bodies stay in the stream: routes read them by `readBody`, and Fastify neither collects, parses nor validates them. */
export function registerBodyPassthrough(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
}

/**
 * Reads a request's body, inflated, straight into a leased buffer: sized by Content-Length where there is one, else
 * doubled as it fills.
 *
 * @throws {ServiceError} `body_too_large`, before any of it is read where Content-Length says so; `malformed_body`;
 *   `unsupported_media_type` for a Content-Encoding that is not known
 */
export async function readBody(request: IncomingMessage, lease: BufferLease, rules: BodyRules): Promise<Uint8Array> {
  const encoded = encodingOf(request.headers) !== 'identity';
  const declared = declaredLength(request.headers);
  if (declared !== undefined && declared > rules.limit) throw tooLarge(rules.limit, `${declared}`);
  const buffer = new BodyBuffer(lease, rules, encoded ? undefined : declared);
  await fill(buffer, inflated(request), request);
  return buffer.body();
}

/** Memory for a body that comes in pieces. */
class BodyBuffer {
  readonly #lease: BufferLease;
  readonly #limit: number;
  /** What lies before the body so that its numbers are aligned. */
  readonly #padding: number;
  /** Padding and the largest body. */
  readonly #most: number;
  #bytes: Uint8Array;
  #end: number;

  constructor(lease: BufferLease, { limit, alignAt = 0 }: BodyRules, length: number | undefined) {
    this.#lease = lease;
    this.#limit = limit;
    this.#padding = (ALIGNMENT - (alignAt % ALIGNMENT)) % ALIGNMENT;
    this.#most = this.#padding + limit;
    this.#bytes = lease.bytes(length === undefined ? Math.min(this.#most, INITIAL_BYTES) : this.#padding + length);
    this.#end = this.#padding;
  }

  add(piece: Uint8Array): void {
    const end = this.#end + piece.length;
    if (end - this.#padding > this.#limit) throw tooLarge(this.#limit, 'more');
    if (end > this.#bytes.length) {
      const larger = this.#lease.bytes(Math.min(Math.max(end, 2 * this.#bytes.length), this.#most));
      larger.set(this.#bytes.subarray(0, this.#end));
      this.#lease.free(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.#end);
    this.#end = end;
  }

  body(): Uint8Array {
    return this.#bytes.subarray(this.#padding, this.#end);
  }
}

function fill(buffer: BodyBuffer, stream: Readable, request: IncomingMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      // What is still to come is let pass, so that the caller gets to read the answer.
      if (stream !== request) stream.destroy();
      request.unpipe().off('data', take).resume();
      reject(error);
    };
    const take = (piece: Buffer) => {
      try {
        buffer.add(piece);
      } catch (error) {
        fail(error as Error);
      }
    };
    const cutShort = () => fail(new ServiceError('malformed_body', 'The body ended before it was complete'));
    stream.on('data', take);
    stream.once('end', resolve);
    stream.once('error', (cause) => {
      fail(new ServiceError('malformed_body', `The body could not be read: ${cause.message}`, { cause }));
    });
    request.once('close', () => {
      if (!request.complete) cutShort();
    });
  });
}

function inflated(request: IncomingMessage): Readable {
  switch (encodingOf(request.headers)) {
    case 'gzip':
      return request.pipe(createGunzip());
    case 'deflate':
      return request.pipe(createInflate());
    default:
      return request;
  }
}

function encodingOf({ 'content-encoding': given }: IncomingHttpHeaders): 'gzip' | 'deflate' | 'identity' {
  const encoding = given?.trim().toLowerCase() || 'identity';
  if (encoding === 'x-gzip') return 'gzip';
  if (encoding === 'gzip' || encoding === 'deflate' || encoding === 'identity') return encoding;
  throw new ServiceError(
    'unsupported_media_type',
    `expected the Content-Encoding gzip or deflate or none, got ${given}`,
  );
}

function declaredLength({ 'content-length': length }: IncomingHttpHeaders): number | undefined {
  return length === undefined ? undefined : Number(length);
}

function tooLarge(limit: number, got: string): ServiceError {
  return new ServiceError('body_too_large', `expected a body of at most ${limit} bytes, got ${got}`);
}
