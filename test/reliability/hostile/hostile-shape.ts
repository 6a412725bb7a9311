import * as zlib from 'node:zlib';
import { type Headers, requestHead } from '../../harness/connection.ts';
import { INFER, type Request, toBytes, V1 } from '../request-formats.ts';

/**
 * What the client does with a request: `whole` sends it and reads the response; `hold` sends it and waits with the
 * connection open; `drip` sends the rest byte by byte; `unread` reads nothing; `leave` resets the connection at once.
 */
export type Conduct = 'whole' | 'hold' | 'drip' | 'unread' | 'leave';

export interface Message {
  readonly bytes: Buffer;
  readonly conduct: Conduct;
}

/** A kind of request that is small for the client and meant to be large for the service. */
export interface HostileShape {
  readonly name: string;
  /** The route, whose documented statuses are right. Without one the request reaches no route, and `statuses` are right. */
  readonly path?: string;
  /** The right statuses where not all documented ones are. 429 is right beside them; 413 is among them where the memory is counted. */
  readonly statuses?: readonly number[];
  /** Messages to be sent in turn. They are made when their turn comes, because some take seconds and much memory. */
  readonly make: () => readonly Message[];
}

export const SWEEP = '/v1/focal-loss/sweep';

/** A shape of one request. */
export function posts(name: string, path: string, make: () => Request, statuses?: readonly number[]): HostileShape {
  return { name, path, make: () => [whole(make())], ...(statuses && { statuses }) };
}

/** A shape of one request, whose body is compressed with gzip. */
export function zipped(name: string, path: string, make: () => Request, statuses?: readonly number[]): HostileShape {
  return posts(name, path, () => compressed(make()), statuses);
}

export function whole(request: Request): Message {
  return { bytes: toBytes(request), conduct: 'whole' };
}

type Bytes = string | Buffer;

export function json(body: Bytes, path = V1): Request {
  return { path, type: 'application/json', headers: {}, body: Buffer.from(body) };
}

export function inference(body: Bytes): Request {
  return { path: INFER, type: 'application/json', headers: {}, body: Buffer.from(body) };
}

/** A safetensors file of this header, whatever it is. */
export function safetensors(header: Bytes, data: Bytes = '', path = V1): Request {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  return { path, type: 'application/vnd.safetensors', headers: {}, body: joined(length, header, data) };
}

export function withHeaders(request: Request, headers: Headers): Request {
  return { ...request, headers: { ...request.headers, ...headers } };
}

/** Zstandard is in Node from 22.15 on. */
const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Uint8Array) => Buffer };
export const ZSTD = zstdCompressSync !== undefined;

export function compressed(request: Request, encoding: 'gzip' | 'deflate' | 'zstd' = 'gzip'): Request {
  const compress = { gzip: zlib.gzipSync, deflate: zlib.deflateSync, zstd: zstdCompressSync! }[encoding];
  return { ...withHeaders(request, { 'Content-Encoding': encoding }), body: compress(request.body) };
}

/** The head of a POST request that declares a body, whatever follows. */
export function declaring(length: number, type = 'application/octet-stream', headers: Headers = {}): Buffer {
  return requestHead('POST', V1, { 'Content-Type': type, 'Content-Length': length, ...headers });
}

export function joined(...parts: readonly Bytes[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

/** ASCII text many times, in less time than a string takes. */
export function repeated(text: string, count: number): Buffer {
  return Buffer.alloc(text.length * count, text);
}

/** A JSON array of the same item many times. */
export function list(item: string, count: number): Buffer {
  return joined('[', repeated(`${item},`, count).subarray(0, -1), ']');
}

/** Arrays in each other. */
export function nested(depth: number, innermost = ''): Buffer {
  return joined(repeated('[', depth), innermost, repeated(']', depth));
}
