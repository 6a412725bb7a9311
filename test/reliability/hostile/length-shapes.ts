import { requestHead } from '../../harness/connection.ts';
import { INFER, type Request, V1 } from '../request-formats.ts';
import {
  compressed,
  declaring,
  type HostileShape,
  inference,
  joined,
  json,
  list,
  posts,
  safetensors,
  withHeaders,
} from './hostile-shape.ts';

// Lengths that are not those of what follows: of bodies, headers, tensors and compressed data.

const TINY = json('{"logits":[0],"labels":[1]}');

/** A file whose first 8 bytes announce so many bytes of header. */
export function lyingHeaderLength(length: bigint): Request {
  const request = safetensors('{}', 'data');
  request.body.writeBigUInt64LE(length);
  return request;
}

/** A tensor that claims to have so many bytes. */
export function lyingOffsets(bytes: number): Request {
  return safetensors(`{"logits":{"dtype":"U8","shape":[${bytes}],"data_offsets":[0,${bytes}]}}`, 'data');
}

export function lyingBinarySize(bytes: number): Request {
  const input = `{"name":"logits","datatype":"UINT8","shape":[${bytes}],"parameters":{"binary_data_size":${bytes}}}`;
  const body = Buffer.from(`{"inputs":[${input}]}`);
  return withHeaders(inference(joined(body, 'data')), { 'Inference-Header-Content-Length': body.length });
}

export function lyingJsonLength(bytes: number): Request {
  return withHeaders(inference('{"inputs":[]}'), { 'Inference-Header-Content-Length': bytes });
}

/** A tensor of a million zeros, of which the compressed bytes lack the end. */
export function cutGzip(missing: number): Request {
  const whole = compressed(json(joined('{"logits":', list('0', 1_000_000), '}')));
  return { ...whole, body: whole.body.subarray(0, -missing) };
}

/** Gzip whose trailer claims another length. */
function lyingTrailer(): Request {
  const whole = compressed(TINY);
  whole.body.writeUInt32LE(0xffff_ffff, whole.body.length - 4);
  return whole;
}

const MEBIBYTE = 2 ** 20;

function left(name: string, bytes: () => Buffer): HostileShape {
  return { name, path: V1, make: () => [{ bytes: bytes(), conduct: 'leave' }] };
}

/** Neither complete nor valid; what the service sends, if anything, is a documented problem. */
function held(name: string, bytes: () => Buffer, statuses: readonly number[]): HostileShape {
  return { name, statuses, make: () => [{ bytes: bytes(), conduct: 'hold' }] };
}

const chunkedHead = () =>
  requestHead('POST', V1, { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' });

export const LENGTH_SHAPES: readonly HostileShape[] = [
  posts('safetensors header of 2^63 bytes', V1, () => lyingHeaderLength(2n ** 63n), [400]),
  posts('safetensors tensor of 2^52 bytes', V1, () => lyingOffsets(2 ** 52), [400]),
  posts('binary_data_size of 2^52 bytes', INFER, () => lyingBinarySize(2 ** 52), [400]),
  posts('Inference-Header-Content-Length of 2^53', INFER, () => lyingJsonLength(2 ** 53), [400, 413]),
  posts('gzip without its end', V1, () => cutGzip(9), [400]),
  posts('gzip whose trailer says 4 GiB', V1, lyingTrailer, [400]),
  left('500 MiB declared, 1 MiB sent, reset', () => joined(declaring(500 * MEBIBYTE), Buffer.alloc(MEBIBYTE))),
  left('64 MiB of JSON declared, 64 KiB sent, reset', () =>
    joined(declaring(64 * MEBIBYTE, 'application/json'), Buffer.alloc(65_536, ' ')),
  ),
  held('a chunk of 4 GiB, of which nothing is sent', () => joined(chunkedHead(), 'ffffffff\r\n'), [408, 413]),
  held('a chunk length that overflows', () => joined(chunkedHead(), `${'f'.repeat(40)}\r\n`), [400]),
  held(
    'Content-Length and Transfer-Encoding',
    () =>
      joined(
        requestHead('POST', V1, { 'Content-Length': 5, 'Transfer-Encoding': 'chunked' }),
        '0\r\n\r\nGET / HTTP/1.1',
      ),
    [400],
  ),
  held('Content-Length of 2^64', () => requestHead('POST', V1, { 'Content-Length': '18446744073709551616' }), [400]),
];
