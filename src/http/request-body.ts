import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CONTENT_ENCODINGS, type ContentEncoding } from '../codecs/content-encoding.ts';
import type { BufferLease } from '../core/buffer-lease.ts';
import { bodyTooLarge, shuttingDown } from '../core/common-errors.ts';
import { freeChunk } from '../core/free-memory.ts';
import { GrowingBuffer, type GrowingBufferOptions } from '../core/growing-buffer.ts';
import { ServiceError } from '../core/service-error.ts';
import { shorten } from '../core/shorten.ts';
import type { Lifecycle } from './lifecycle.ts';
import { watchUpload } from './upload-progress.ts';

export interface ReadBodyOptions extends GrowingBufferOptions {
  readonly lifecycle: Lifecycle;
  readonly minUploadBytesPerSecond: number;
  /** Called when more of a large body has arrived, with the memory of all of it. */
  readonly onArrival?: ((body: Uint8Array, arrivedBytes: number) => void) | undefined;
}

/** Leaves bodies in the stream for `readBody`: Fastify does not collect, parse or validate them. */
export function registerBodyPassthrough(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
}

/** For routes whose clients send any Content-Type or none, and it means nothing. Fastify would reject one that is not well formed. */
export async function ignoreContentType(request: FastifyRequest): Promise<void> {
  delete request.headers['content-type'];
}

/** Chunks of less than this are left to the garbage collector, which counts them as little. */
const MIN_FREED_BYTES = 16_384;
/** Bodies of up to this mostly arrive with their headers. */
const MAX_BYTES_AT_ONCE = 65_536;

/**
 * Reads a request's body, as it was sent, straight into a leased buffer.
 *
 * @throws {ServiceError} `body_too_large`, before anything is read if Content-Length exceeds the limit; `malformed_body`;
 *   `memory_exhausted`; `request_timeout` if it arrives too slowly; `shutting_down`
 */
export async function readBody(
  request: IncomingMessage,
  lease: BufferLease,
  options: ReadBodyOptions,
): Promise<Uint8Array> {
  const declared = declaredLength(request.headers);
  if (declared !== undefined && declared > options.limit)
    throw bodyTooLarge(options.limit, `${declared}`, options.cure);
  const buffer = new GrowingBuffer(lease, options, declared);
  if (declared !== undefined && declared <= MAX_BYTES_AT_ONCE) {
    // Node is still parsing what it has read from the socket. To listen and to watch the upload takes longer than a turn.
    await nextTurn();
    if (request.destroyed) throw incompleteBody();
    if (request.complete) {
      for (let chunk = request.read(); chunk !== null; chunk = request.read()) add(buffer, chunk);
      return buffer.finish();
    }
  }
  await readInto(buffer, request, options);
  return buffer.finish();
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function add(buffer: GrowingBuffer, chunk: Buffer): void {
  buffer.add(chunk);
  discard(chunk);
}

function discard(chunk: Buffer): void {
  if (chunk.length >= MIN_FREED_BYTES) freeChunk(chunk);
}

/**
 * Reads the rest of a body whose request is rejected, so that the client can read the response. Node would discard it, too, but
 * leave its memory to the garbage collector, which on Node 24 marks the whole heap several times a second then.
 */
export function discardBody(request: IncomingMessage): void {
  if (!request.listeners('data').includes(discard)) request.on('data', discard);
}

function readInto(
  buffer: GrowingBuffer,
  request: IncomingMessage,
  { lifecycle, minUploadBytesPerSecond, onArrival }: ReadBodyOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      stopWatching();
      request.off('data', onData);
      discardBody(request);
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      try {
        add(buffer, chunk);
        const body = onArrival && buffer.whole;
        if (body) onArrival(body, buffer.added);
      } catch (error) {
        fail(error as Error);
      }
    };
    const untrack = lifecycle.trackUpload(() => fail(shuttingDown()));
    const unwatch = request.complete ? () => {} : watchUpload(request, minUploadBytesPerSecond, fail);
    const stopWatching = () => {
      untrack();
      unwatch();
    };
    request.on('data', onData);
    request.once('end', () => {
      stopWatching();
      resolve();
    });
    request.once('error', (cause) => {
      fail(new ServiceError('malformed_body', `The body could not be read: ${cause.message}`, { cause }));
    });
    request.once('close', () => {
      if (!request.readableEnded) fail(incompleteBody());
    });
  });
}

function incompleteBody(): ServiceError {
  return new ServiceError('malformed_body', 'The body ended before it was complete');
}

/**
 * What the header Content-Encoding says.
 *
 * @throws {ServiceError} `unsupported_media_type`
 */
export function contentEncoding({ 'content-encoding': given }: IncomingHttpHeaders): ContentEncoding | undefined {
  const name = given?.trim().toLowerCase() || 'identity';
  if (name === 'identity') return undefined;
  const encoding = CONTENT_ENCODINGS.find((known) => known === (name === 'x-gzip' ? 'gzip' : name));
  if (encoding) return encoding;
  throw new ServiceError(
    'unsupported_media_type',
    `expected the Content-Encoding ${CONTENT_ENCODINGS.join(' or ')} or none, got ${shorten(given ?? 'none')}`,
  );
}

function declaredLength({ 'content-length': length }: IncomingHttpHeaders): number | undefined {
  return length === undefined ? undefined : Number(length);
}
