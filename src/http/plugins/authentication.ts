import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { ServiceError } from '../../core/service-error.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Whether the route needs no key even if keys are set. Probes have none to send, and learn only yes or no. The
     * documentation and the explorer page are the same for everyone; the batches that the page posts need a key.
     */
    public?: boolean;
  }
}

/** Requires a key of every request, before any other check, unless its route is public by its own config. */
export function registerAuthentication(app: FastifyInstance, keys: ApiKeys): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (!keys.required || request.routeOptions.config.public) return done();
    const outcome = keys.check(request.headers);
    if (outcome === 'valid') return done();
    // RFC 6750, section 3.1: no error code if no key was sent.
    reply.header('www-authenticate', outcome === 'missing' ? 'Bearer' : 'Bearer error="invalid_token"');
    const got = outcome === 'missing' ? 'none' : 'an invalid one';
    const message = `expected an API key, as "Authorization: Bearer KEY" or "X-API-Key: KEY"; got ${got}`;
    throw new ServiceError('unauthorized', message);
  });
}

/** Makes all routes public that are registered on `app` afterwards, such as those of a third-party plugin. */
export function registerPublicAccess(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, public: true };
  });
}

/** Keys that may change while the service runs. */
interface KeySource {
  readonly digests: readonly Buffer[];
  close(): void;
}

/** The API keys of this service. */
export class ApiKeys {
  readonly #fixed: readonly Buffer[];
  readonly #source: KeySource | undefined;

  constructor(fixed: readonly string[], source?: KeySource) {
    this.#fixed = fixed.map(digestOf);
    this.#source = source;
  }

  /** Whether requests need a key. */
  get required(): boolean {
    return this.#fixed.length > 0 || this.#source !== undefined;
  }

  close(): void {
    this.#source?.close();
  }

  /** Checks the key in a request's headers. If both headers have a key, one valid key is enough. */
  check({ authorization, 'x-api-key': apiKey }: IncomingHttpHeaders): 'valid' | 'invalid' | 'missing' {
    const bearer = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    const given = [bearer, apiKey].filter((key) => typeof key === 'string');
    if (given.length === 0) return 'missing';
    return given.reduce((valid, key) => this.#has(key) || valid, false) ? 'valid' : 'invalid';
  }

  /** Compares digests, and all of them, so that the time taken tells nothing about the keys. */
  #has(key: string): boolean {
    const given = digestOf(key);
    let found = false;
    for (const known of this.#fixed) found = timingSafeEqual(known, given) || found;
    for (const known of this.#source?.digests ?? []) found = timingSafeEqual(known, given) || found;
    return found;
  }
}

export function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
