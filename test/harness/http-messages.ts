import { connect } from 'node:net';

// HTTP messages byte by byte: as a client was recorded to send them, or as no client would.

/** An HTTP message: its first line, its headers in lower case, its body as received, and all of its bytes. */
export interface HttpMessage {
  readonly start: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly bytes: Buffer;
}

/** The messages that follow each other in a stream, without a last one that is not complete yet. */
export function splitMessages(stream: Buffer): HttpMessage[] {
  const found: HttpMessage[] = [];
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

/**
 * Sends requests over one connection, each when the previous one has its response.
 *
 * @returns the responses; fewer than requests if the service closed the connection
 */
export async function sendInTurn(port: number, requests: readonly Buffer[]): Promise<HttpMessage[]> {
  const socket = connect(port, '127.0.0.1');
  let stream = Buffer.alloc(0);
  let sent = 0;
  try {
    socket.write(requests[sent++]!);
    for await (const piece of socket) {
      stream = Buffer.concat([stream, piece]);
      const received = splitMessages(stream).length;
      if (received === requests.length) break;
      if (received === sent) socket.write(requests[sent++]!);
    }
  } finally {
    socket.destroy();
  }
  return splitMessages(stream);
}
