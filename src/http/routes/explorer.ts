import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { registerPublicAccess } from '../plugins/authentication.ts';
import { PAGE_POLICY } from '../plugins/page-policy.ts';
import { registerWholeFiles } from '../plugins/whole-files.ts';

// This path is right from src and from dist; both use the built page in dist.
const FOLDER = fileURLToPath(new URL('../../../dist/explorer', import.meta.url));

/** @fastify/static sends the obsolete application/javascript, and has no type for safetensors. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.safetensors': 'application/vnd.safetensors',
  '.svg': 'image/svg+xml',
};

const PAGES: Readonly<Record<string, string>> = { '/': 'index.html', '/live': 'live.html' };

/**
 * `GET /` is the page that shows what gamma and alpha do to a batch, `GET /live` the one that shows what the service is doing.
 * The files that they load are under `/explorer/`.
 */
export async function registerExplorer(app: FastifyInstance): Promise<void> {
  await app.register(async (page) => {
    registerPublicAccess(page);
    registerWholeFiles(page);
    page.addHook('onRoute', (route) => {
      // A hundred files are a hundred routes: each would have a histogram of its own.
      if (route.url.startsWith('/explorer/')) route.config = { ...route.config, metricsRoute: '/explorer/*' };
    });
    await page.register(fastifyStatic, {
      root: FOLDER,
      prefix: '/explorer/',
      // Each file gets a route of its own at startup: no path from a request reaches the file system.
      wildcard: false,
      index: false,
      globIgnore: Object.values(PAGES),
      schemaHide: true,
      // File names do not change between versions, so browsers revalidate each time, by an ETag of size and modification time.
      cacheControl: false,
      acceptRanges: false,
      contentType: false,
      setHeaders(response, path) {
        response.setHeader('cache-control', 'no-cache');
        response.setHeader('content-type', CONTENT_TYPES[extname(path)] ?? 'application/octet-stream');
      },
    });
    for (const [path, file] of Object.entries(PAGES)) {
      page.get(path, { schema: { hide: true } }, async (_request, reply) => {
        reply.header('content-security-policy', PAGE_POLICY);
        return reply.sendFile(file);
      });
    }
  });
}
