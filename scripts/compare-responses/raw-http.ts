import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { ServiceResponse } from './compare.ts';
import { findFile } from './read-batches.ts';

// Requests that are sent byte by byte: as a client was recorded to, or as no client would.

/** An HTTP message: its first line, its headers in lower case, its body as it came, and all of its bytes. */
interface Message {
  readonly start: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly bytes: Buffer;
}

/** The messages that follow each other in a stream; the last one may not be whole yet. */
function messages(stream: Buffer): Message[] {
  const found: Message[] = [];
  for (let from = 0; ; ) {
    const headEnd = stream.indexOf('\r\n\r\n', from);
    if (headEnd < 0) return found;
    const [start = '', ...lines] = stream.toString('latin1', from, headEnd).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const bodyStart = headEnd + 4;
    const end = headers['transfer-encoding']
      ? stream.indexOf('\r\n0\r\n\r\n', bodyStart) + 7
      : bodyStart + Number(headers['content-length'] ?? 0);
    if (end > stream.length || end < bodyStart) return found;
    found.push({ start, headers, body: stream.subarray(bodyStart, end), bytes: stream.subarray(from, end) });
    from = end;
  }
}

export interface Exchange {
  readonly name: string;
  readonly path: string;
  readonly response: ServiceResponse;
}

/** Sends the recorded requests of a client over one connection, each when the one before is answered. */
export async function replay(checkout: string, client: string, port: number): Promise<Exchange[]> {
  const requests = messages(readFileSync(findFile(checkout, `${client}.http`)));
  const answers = await converse(
    port,
    requests.map(({ bytes }) => bytes),
  );
  if (answers.length !== requests.length) {
    throw new Error(`${client}: expected ${requests.length} answers, got ${answers.length}`);
  }
  return answers.map((response, i) => {
    const { start } = requests[i]!;
    return { name: `${client} ${i}: ${start}`, path: start.split(' ')[1]!, response };
  });
}

/** Sends each when all before are answered, and reads until the last one is or the service hangs up. */
export async function converse(port: number, requests: readonly Buffer[]): Promise<ServiceResponse[]> {
  const socket = connect(port, '127.0.0.1');
  let stream = Buffer.alloc(0);
  let sent = 0;
  try {
    socket.write(requests[sent++]!);
    for await (const piece of socket) {
      stream = Buffer.concat([stream, piece]);
      const answered = messages(stream).length;
      if (answered === requests.length) break;
      if (answered === sent) socket.write(requests[sent++]!);
    }
  } finally {
    socket.destroy();
  }
  return messages(stream).map(({ start, headers, body }) => ({ status: Number(start.split(' ')[1]), headers, body }));
}

/** Of a service that hung up without a word. */
export const NO_RESPONSE: ServiceResponse = { status: 0, headers: {}, body: Buffer.alloc(0) };

const line = (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'));

/** What Node's parser rejects, or waits for. */
export const malformedHttp = (key: string): Readonly<Record<string, Buffer>> => ({
  'no HTTP at all': line('hello\n\n'),
  'a method that is none': line('FOO / HTTP/1.1\nhost: x\n\n'),
  CONNECT: line('CONNECT example.org:443 HTTP/1.1\nhost: x\n\n'),
  'a header without a colon': line('GET / HTTP/1.1\nhost x\n\n'),
  'two lengths': line('POST /v1/focal-loss HTTP/1.1\nhost: x\ncontent-length: 1\ncontent-length: 2\n\nx'),
  'a length that is no number': line('POST /v1/focal-loss HTTP/1.1\nhost: x\ncontent-length: one\n\nx'),
  'chunks that are none': line('POST /v1/focal-loss HTTP/1.1\nhost: x\ntransfer-encoding: chunked\n\nxyz\n'),
  'headers too large': line(`GET / HTTP/1.1\nhost: x\nx-large: ${'x'.repeat(100_000)}\n\n`),
  'no host': line('GET /health/live HTTP/1.1\n\n'),
  'headers that never end': line('GET / HTTP/1.1\nhost: x\n'),
  'a body that never ends': line(
    `POST /v1/focal-loss HTTP/1.1\nhost: x\nx-api-key: ${key}\ncontent-type: application/json\ncontent-length: 99\n\n{`,
  ),
});
