import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { renderPage } from '../api-reference/render-page.ts';
import { CachedDocument } from '../cached-document.ts';
import { DOCUMENT, withRequestExamples } from '../openapi/document.ts';
import { openApi30 } from '../openapi/openapi-3.0.ts';
import { registerPublicAccess } from '../plugins/authentication.ts';
import { PAGE_POLICY } from '../plugins/page-policy.ts';
import { registerWholeFiles } from '../plugins/whole-files.ts';

/** `/openapi.json`, `/openapi-3.0.json`, `/openapi.yaml` and `/docs`. Register it before the routes that it describes. */
export async function registerDocs(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: DOCUMENT as never,
    transform: ({ schema, url, route }) => ({
      schema: route.config?.public ? { ...schema, security: [] } : schema,
      url,
    }),
    transformObject: (document) => withRequestExamples('openapiObject' in document ? document.openapiObject : {}),
  });
  const documents: Readonly<Record<string, CachedDocument>> = {
    '/docs': new CachedDocument('text/html; charset=utf-8', () => renderPage(app.swagger() as never)),
    '/openapi.json': new CachedDocument('application/json; charset=utf-8', () => JSON.stringify(app.swagger())),
    '/openapi-3.0.json': new CachedDocument('application/json; charset=utf-8', () =>
      JSON.stringify(openApi30(app.swagger() as never)),
    ),
    '/openapi.yaml': new CachedDocument('application/yaml', () => app.swagger({ yaml: true })),
  };
  await app.register(async (docs) => {
    registerPublicAccess(docs);
    registerWholeFiles(docs);
    for (const [path, document] of Object.entries(documents)) {
      docs.get(path, { schema: { hide: true } }, async (request, reply) => {
        if (path === '/docs') reply.header('content-security-policy', PAGE_POLICY);
        return document.send(request, reply);
      });
    }
    // The page's links are relative to /docs.
    docs.get('/docs/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('../docs', 308));
  });
}
