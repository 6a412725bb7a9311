import type { FastifyInstance } from 'fastify';

/**
 * On every answer. Nothing that this service sends is to be guessed at, framed, or loaded by another site's page; pages
 * that may load something, as `/docs`, have a policy of their own instead of this one.
 *
 * A table and not a plugin: answers to what Node's parser refuses pass through no plugin, and have them too.
 */
export const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY', // For browsers that do not know frame-ancestors.
} as const;

export function registerSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(SECURITY_HEADERS);
  });
}
