import { connect } from 'node:net';

/** A response as parsed from its bytes. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Sends bytes unchanged, and returns all received bytes when the other side has closed the connection. */
export function sendRaw(url: string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const pieces: Buffer[] = [];
    socket.on('data', (piece) => pieces.push(piece));
    socket.once('error', reject);
    socket.once('close', () => resolve(Buffer.concat(pieces).toString()));
    socket.write(bytes);
  });
}

/** Splits received bytes into responses, each of which must have a Content-Length. */
export function readResponses(raw: string): RawResponse[] {
  const replies: RawResponse[] = [];
  let rest = Buffer.from(raw);
  while (rest.length > 0) {
    const end = rest.indexOf('\r\n\r\n');
    const [statusLine = '', ...lines] = rest.subarray(0, end).toString().split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const length = Number(headers['content-length'] ?? 0);
    replies.push({
      status: Number(statusLine.split(' ')[1]),
      headers,
      text: rest.subarray(end + 4, end + 4 + length).toString(),
    });
    rest = rest.subarray(end + 4 + length);
  }
  return replies;
}
