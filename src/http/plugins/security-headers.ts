import type { FastifyInstance } from 'fastify';

/**
 * The headers of every response. Browsers must not guess its type, frame it, or let another site's page load it. Pages
 * that load files, such as `/docs`, have a content security policy of their own.
 *
 * They are a table because responses to requests that Node's parser rejects pass through no hook, and need them too.
 */
export const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY', // For browsers without frame-ancestors.
} as const;

export function registerSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(SECURITY_HEADERS);
    done();
  });
}
