import { requestHead } from '../../harness/connection.ts';
import { type Request, toBytes, V1 } from '../request-formats.ts';
import { type HostileShape, json, type Message, posts, withHeaders } from './hostile-shape.ts';

// Headers that are long, many, contradictory, or not meant for this service. The limit is 16 KiB for all of them.

const TINY = json('{"logits":[0],"labels":[1]}');
const LONG = 15_000;

function long(text: string): string {
  return text.repeat(Math.floor(LONG / text.length));
}

function tinyWith(headers: Record<string, string>): () => Request {
  return () => withHeaders(TINY, headers);
}

/** What Node's parser or the first hook rejects, before there is a route; the connection is closed. */
function rejected(name: string, statuses: readonly number[], make: () => Buffer): HostileShape {
  return { name, statuses, make: () => [{ bytes: make(), conduct: 'hold' } satisfies Message] };
}

function manyHeaders(count: number): Buffer {
  return toBytes(withHeaders(TINY, Object.fromEntries(Array.from({ length: count }, (_, i) => [`X-${i}`, '']))));
}

/** A request with a line of its own in the head. */
function withLine(line: string): Buffer {
  return Buffer.from(toBytes(TINY).toString('latin1').replace('\r\n', `\r\n${line}\r\n`), 'latin1');
}

export const HEADER_SHAPES: readonly HostileShape[] = [
  posts('Accept of 15 KB', V1, tinyWith({ Accept: long('a/b;q=0.1,') })),
  posts('Content-Type of 15 KB', V1, tinyWith({ 'Content-Type': `application/json${long(';a=b')}` })),
  posts('Content-Encoding of 15 KB', V1, tinyWith({ 'Content-Encoding': long('gzip,') }), [415]),
  posts('Accept-Encoding of 15 KB', V1, tinyWith({ 'Accept-Encoding': long('x;q=0,') }), [200]),
  posts('X-Request-Id of 15 KB', V1, tinyWith({ 'X-Request-Id': long('x') })),
  posts('traceparent and tracestate of 15 KB', V1, () =>
    withHeaders(TINY, { traceparent: `00-${'1'.repeat(32)}-${'1'.repeat(16)}-01`, tracestate: long('a=b,') }),
  ),
  posts('Upgrade: h2c', V1, tinyWith({ Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c' }), [200]),
  {
    name: 'If-None-Match of 15 KB',
    statuses: [200, 304],
    make: () => [{ bytes: requestHead('GET', '/openapi.json', { 'If-None-Match': long('W/"x",') }), conduct: 'whole' }],
  },
  rejected('path of 20 KB', [431], () => requestHead('GET', `/${'x'.repeat(20_000)}`)),
  rejected('500 headers', [431], () => manyHeaders(500)),
  rejected('header of 1 MB', [431], () => Buffer.from(`POST ${V1} HTTP/1.1\r\nX: ${'x'.repeat(1 << 20)}`)),
  rejected('two Host headers', [400], () => withLine('Host: other')),
];
