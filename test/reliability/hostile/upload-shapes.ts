import { requestHead } from '../../harness/connection.ts';
import { toBytes, V1 } from '../request-formats.ts';
import {
  compressed,
  declaring,
  type HostileShape,
  joined,
  json,
  type Message,
  repeated,
  safetensors,
} from './hostile-shape.ts';

// Uploads that do not come: declared bodies of which little or nothing is sent, or byte by byte. The longest just fit into
// the memory budget.

const MEBIBYTE = 2 ** 20;

function uploads(name: string, conduct: Message['conduct'], bytes: () => Buffer): HostileShape {
  return { name, path: V1, make: () => [{ bytes: bytes(), conduct }] };
}

/** Compressed bytes that are no tensors: 100 MB of buffers that will be free, for the idle uploads beside them. */
function junkAndIdle(): Message[] {
  const junk = compressed(safetensors('junk', Buffer.alloc(100 * MEBIBYTE)));
  const idle: Message = { bytes: joined(declaring(70_000), 'x'), conduct: 'hold' };
  return [{ bytes: toBytes(junk), conduct: 'whole' }, idle, idle];
}

/** A complete gzip header, and nothing of the data. */
function idleGzip(): Buffer {
  const { body } = compressed(json(repeated(' ', 1000)));
  return joined(declaring(MEBIBYTE, 'application/json', { 'Content-Encoding': 'gzip' }), body.subarray(0, 10));
}

export const UPLOAD_SHAPES: readonly HostileShape[] = [
  uploads('500 MiB declared, nothing sent', 'hold', () => declaring(500 * MEBIBYTE)),
  uploads('64 MiB of JSON declared, nothing sent', 'hold', () => declaring(64 * MEBIBYTE, 'application/json')),
  uploads('250 MiB declared, a byte sent', 'hold', () => joined(declaring(250 * MEBIBYTE), 'x')),
  uploads('500 MiB declared, Expect: 100-continue, nothing sent', 'hold', () =>
    declaring(500 * MEBIBYTE, 'application/octet-stream', { Expect: '100-continue' }),
  ),
  uploads('64 MiB declared, sent byte by byte', 'drip', () => joined(declaring(64 * MEBIBYTE), Buffer.alloc(1000))),
  uploads('gzip of which the header is sent', 'hold', idleGzip),
  uploads('chunks without an end, sent byte by byte', 'drip', () =>
    joined(
      requestHead('POST', V1, { 'Content-Type': 'application/octet-stream', 'Transfer-Encoding': 'chunked' }),
      repeated('1\r\nx\r\n', 1000),
    ),
  ),
  uploads('a header sent byte by byte', 'drip', () =>
    Buffer.from('POST /v1/focal-loss HTTP/1.1\r\nHost: 127.0.0.1\r\nX'),
  ),
  { name: '100 MB of gzipped junk, idle uploads of 70 000 bytes', path: V1, make: junkAndIdle },
];
