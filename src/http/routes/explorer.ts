import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ServiceError } from '../../core/service-error.ts';

// This file lies as deep in src as in dist, which holds the built page for both.
const FOLDER = fileURLToPath(new URL('../../../dist/explorer', import.meta.url));

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.safetensors': 'application/vnd.safetensors',
};

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

interface Asset {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
}

/**
 * `GET /`, the page that shows what gamma and alpha do to a batch, and under `/explorer/` what it loads. What is served is
 * listed once, here: no path of a request ever reaches the file system.
 */
export function registerExplorer(app: FastifyInstance): void {
  const assets = readAssets();
  const page = assets.get('index.html')!;
  assets.delete('index.html');

  app.get('/', { schema: { hide: true } }, async (request, reply) => {
    reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
    return sendAsset(page, request, reply);
  });
  app.get('/explorer/*', { schema: { hide: true } }, async (request, reply) => {
    const { '*': name } = request.params as { '*': string };
    const asset = assets.get(name);
    if (!asset)
      throw new ServiceError('not_found', `/explorer/${name} is no file of the page; /docs lists what there is`);
    return sendAsset(asset, request, reply);
  });
}

function readAssets(): Map<string, Asset> {
  const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const body = readFileSync(path);
      const type = CONTENT_TYPES[extname(path)];
      if (type === undefined) throw new Error(`${path} is in the built page, and its kind of file is not known`);
      const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
      return [relative(FOLDER, path).replaceAll(sep, '/'), { body, type, etag }];
    }),
  );
}

/** Names stay the same from version to version, so browsers ask each time, and are told when theirs is still right. */
function sendAsset({ body, type, etag }: Asset, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.headers({ 'cache-control': 'no-cache', etag });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  return reply.type(type).send(body);
}
