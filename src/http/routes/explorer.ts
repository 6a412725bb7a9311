import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { makeRoutesPublic } from '../plugins/authentication.ts';

// This file lies as deep in src as in dist, which holds the built page for both.
const FOLDER = fileURLToPath(new URL('../../../dist/explorer', import.meta.url));

/** The page is made of its own files, talks to this service alone, and turns no text into markup or code. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** `GET /`, the page that shows what gamma and alpha do to a batch, and under `/explorer/` the files that it loads. */
export async function registerExplorer(app: FastifyInstance): Promise<void> {
  await app.register(async (page) => {
    makeRoutesPublic(page);
    await page.register(fastifyStatic, {
      root: FOLDER,
      prefix: '/explorer/',
      // Each file has a route of its own, listed at the start: no path of a request ever reaches the file system.
      wildcard: false,
      index: false,
      globIgnore: ['index.html'],
      schemaHide: true,
      // Names stay the same from version to version, so browsers ask each time, and a 304 says that their copy is current.
      cacheControl: false,
      setHeaders(response, path) {
        response.setHeader('cache-control', 'no-cache');
        if (path.endsWith('.safetensors')) response.setHeader('content-type', 'application/vnd.safetensors');
      },
    });
    page.get('/', { schema: { hide: true } }, async (_request, reply) => {
      reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
      return reply.sendFile('index.html');
    });
  });
}
