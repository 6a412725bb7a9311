import type { FastifyInstance } from 'fastify';
import { ServiceError } from '../../core/service-error.ts';
import type { ApiKeys } from './api-keys.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Whether the route needs no key even where keys are set. Probes have none to send and learn nothing but yes or no; the
     * documentation and the explorer page are the same for everyone, and what the page posts needs a key.
     */
    public?: boolean;
  }
}

/** Asks every request for a key before anything else is said, unless its route is public by its own config. */
export function registerAuthentication(app: FastifyInstance, keys: ApiKeys): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!keys.needed || request.routeOptions.config.public) return;
    const outcome = keys.check(request.headers);
    if (outcome === 'right') return;
    // RFC 6750, section 3.1: an error code only where a key was sent.
    reply.header('www-authenticate', outcome === 'none' ? 'Bearer' : 'Bearer error="invalid_token"');
    const got = outcome === 'none' ? 'none' : 'one that is not valid here';
    const message = `expected an API key, as "Authorization: Bearer KEY" or "X-API-Key: KEY"; got ${got}`;
    throw new ServiceError('unauthorized', message);
  });
}

/** Makes all routes public that are registered on `app` from here on, such as those of a plugin. */
export function makeRoutesPublic(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, public: true };
  });
}
