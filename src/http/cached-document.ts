import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A document that is the same as long as the process runs. It is written when it is first requested, which takes milliseconds. */
export class CachedDocument {
  readonly #type: string;
  readonly #write: () => string;
  #written: { readonly bytes: Buffer; readonly etag: string } | undefined;

  constructor(type: string, write: () => string) {
    this.#type = type;
    this.#write = write;
  }

  /** Browsers revalidate each time, as another version of the service may be at the same address. */
  send(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    this.#written ??= this.#prepare();
    const { bytes, etag } = this.#written;
    reply.header('cache-control', 'no-cache').header('etag', etag);
    if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
    return reply.type(this.#type).send(bytes);
  }

  #prepare() {
    const bytes = Buffer.from(this.#write());
    // Weak, because a response may be compressed.
    return { bytes, etag: `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"` };
  }
}

/** RFC 9110, section 13.1.2: the comparison is weak. */
function matches(given: string | undefined, etag: string): boolean {
  if (given === undefined) return false;
  return given.trim() === '*' || given.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag.slice(2));
}
