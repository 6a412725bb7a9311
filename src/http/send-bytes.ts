import type { FastifyReply } from 'fastify';

/** Sends bytes that may lie in shared memory, which Fastify does not recognise as bytes and would write as an object. */
export function sendBytes(reply: FastifyReply, type: string, bytes: Uint8Array): FastifyReply {
  return reply
    .type(type)
    .serializer(asItIs)
    .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

const asItIs = (bytes: Buffer) => bytes as never;
