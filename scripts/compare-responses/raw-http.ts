import { readFileSync } from 'node:fs';
import { type HttpMessage, sendInTurn, splitMessages } from '../../test/harness/http-messages.ts';
import type { ServiceResponse } from './compare.ts';
import { findFile } from './read-batches.ts';

// Requests that are sent byte by byte: as a client was recorded to, or as no client would.

export interface Replayed {
  readonly name: string;
  readonly response: ServiceResponse;
}

/** Sends the recorded requests of a client over one connection, each when the previous one has its response. */
export async function replay(checkout: string, client: string, port: number): Promise<Replayed[]> {
  const requests = splitMessages(readFileSync(findFile(checkout, `${client}.http`)));
  const responses = await sendInTurn(
    port,
    requests.map(({ bytes }) => bytes),
  );
  if (responses.length !== requests.length) {
    throw new Error(`${client}: expected ${requests.length} responses, got ${responses.length}`);
  }
  return responses.map((response, i) => {
    const { start } = requests[i]!;
    return { name: `${client} ${i}: ${start}`, response: toServiceResponse(response) };
  });
}

/** The response to bytes that need not be a request; `NO_RESPONSE` if the service closed the connection without one. */
export async function responseTo(port: number, bytes: Buffer): Promise<ServiceResponse> {
  const [response] = await sendInTurn(port, [bytes]);
  return response ? toServiceResponse(response) : NO_RESPONSE;
}

const NO_RESPONSE: ServiceResponse = { status: 0, headers: {}, body: Buffer.alloc(0) };

function toServiceResponse({ start, headers, body }: HttpMessage): ServiceResponse {
  return { status: Number(start.split(' ')[1]), headers, body };
}

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
