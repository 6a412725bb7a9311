import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { registerPublicAccess } from '../plugins/authentication.ts';

// This path is right from src and from dist; both use the built page in dist.
const FOLDER = fileURLToPath(new URL('../../../dist/explorer', import.meta.url));

/** By extension, where @fastify/static has no type, or not that of RFC 9239. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.safetensors': 'application/vnd.safetensors',
};

/** The page may load its own files, send requests to this service, and turn no text into markup or code. */
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

/** `GET /` is the page that shows what gamma and alpha do to a batch; the files that it loads are under `/explorer/`. */
export async function registerExplorer(app: FastifyInstance): Promise<void> {
  await app.register(async (page) => {
    registerPublicAccess(page);
    await page.register(fastifyStatic, {
      root: FOLDER,
      prefix: '/explorer/',
      // Each file gets a route of its own at startup: no path from a request reaches the file system.
      wildcard: false,
      index: false,
      globIgnore: ['index.html'],
      schemaHide: true,
      // File names do not change between versions, so browsers revalidate each time, and get a 304 if their copy is current.
      cacheControl: false,
      setHeaders(response, path) {
        response.setHeader('cache-control', 'no-cache');
        const type = CONTENT_TYPES[extname(path)];
        if (type) response.setHeader('content-type', type);
      },
    });
    page.get('/', { schema: { hide: true } }, async (_request, reply) => {
      reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
      return reply.sendFile('index.html');
    });
  });
}
