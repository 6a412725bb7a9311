import type { FastifyInstance } from 'fastify';
import { ServiceError } from '../../core/service-error.ts';
import type { ApiKeys } from './api-keys.ts';

/**
 * The routes that are open also where keys are set; all others need one, and so does each that is added.
 *
 * Probes have no keys to send, and learn nothing but yes or no. The documentation and the page
 * are the same for everyone, and public; what the page posts needs a key as anything else does.
 */
const OPEN_ROUTES: ReadonlySet<string | undefined> = new Set([
  '/health/live',
  '/health/ready',
  '/v2/health/live',
  '/v2/health/ready',
  '/v2/models/focal-loss/ready',
  '/v2/models/focal-loss/versions/1/ready',
  '/',
  '/explorer/*',
  '/docs',
  '/docs/',
  '/docs/json',
  '/docs/yaml',
  '/docs/static/swagger-initializer.js',
  '/docs/static/*',
  '/openapi.json',
  '/openapi.yaml',
]);

/** Asks for a key before anything else is said: routes are known by their pattern, so spellings of a path do not matter. */
export function requireApiKeys(app: FastifyInstance, keys: ApiKeys): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!keys.needed || OPEN_ROUTES.has(request.routeOptions.url)) return;
    const outcome = keys.check(request.headers);
    if (outcome === 'right') return;
    // RFC 6750, section 3.1: why, if anything came at all.
    reply.header('www-authenticate', outcome === 'none' ? 'Bearer' : 'Bearer error="invalid_token"');
    const came = outcome === 'none' ? 'none' : 'one that is not valid here';
    const message = `expected an API key, as "Authorization: Bearer KEY" or "X-API-Key: KEY"; got ${came}`;
    throw new ServiceError('unauthorized', message);
  });
}
