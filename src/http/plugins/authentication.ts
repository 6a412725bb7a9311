import type { FastifyInstance } from 'fastify';
import { ServiceError } from '../../core/service-error.ts';
import type { ApiKeys } from '../api-keys.ts';

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
  app.addHook('onRequest', async (request, reply) => {
    if (!keys.required || request.routeOptions.config.public) return;
    const outcome = keys.check(request.headers);
    if (outcome === 'valid') return;
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
