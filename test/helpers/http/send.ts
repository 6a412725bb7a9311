import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';

export interface Received {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** The code of a problem. */
  readonly code: string | undefined;
}

/** A request on a connection of its own. */
export interface Sending {
  readonly outgoing: ClientRequest;
  /** Rejects if the client disconnects. */
  readonly response: Promise<Received>;
  disconnect(): void;
}

export type Headers = Readonly<Record<string, string | number>>;

/** Sends a request. Without a body, it sends only the headers, and the test writes the body to `outgoing`. */
export function send(url: string, path: string, headers: Headers, body?: string | Uint8Array): Sending {
  const outgoing = request(`${url}${path}`, { method: 'POST', headers, agent: false });
  outgoing.on('error', () => {}); // The response rejects, too.
  const response = receive(outgoing);
  response.catch(() => {}); // A test that disconnects does not wait for it.
  if (body === undefined) outgoing.flushHeaders();
  else outgoing.end(body);
  return { outgoing, response, disconnect: () => outgoing.destroy() };
}

async function receive(outgoing: ClientRequest): Promise<Received> {
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const body = Buffer.concat(await response.toArray());
  const isJson = /json/.test(response.headers['content-type'] ?? '');
  const code = isJson ? JSON.parse(body.toString()).code : undefined;
  return { status: response.statusCode!, headers: response.headers, body, code };
}
