import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { DOCUMENT, withRequestExamples } from '../openapi/document.ts';
import { registerPublicAccess } from '../plugins/authentication.ts';
import { registerWholeFiles } from '../plugins/whole-files.ts';

/** The docs page may load files from this service alone, and send requests to nothing else. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/** `/openapi.json`, `/openapi.yaml` and `/docs`. Register it before the routes that it describes. */
export async function registerDocs(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: DOCUMENT as never,
    transform: ({ schema, url, route }) => ({
      schema: route.config?.public ? { ...schema, security: [] } : schema,
      url,
    }),
    transformObject: (document) => withRequestExamples('openapiObject' in document ? document.openapiObject : {}),
  });
  await app.register(async (docs) => {
    registerPublicAccess(docs);
    registerWholeFiles(docs);
    await docs.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: CONTENT_SECURITY_POLICY,
      theme: { title: 'focal-loss-service' },
      uiConfig: { layout: 'BaseLayout', tryItOutEnabled: true, displayRequestDuration: true },
    });
    let json: string | undefined; // Writing it takes a millisecond, and it has a hundred kilobytes.
    docs.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
      json ??= JSON.stringify(app.swagger());
      return reply.type('application/json; charset=utf-8').send(json);
    });
    docs.get('/openapi.yaml', { schema: { hide: true } }, async (_request, reply) => {
      reply.type('application/yaml');
      return app.swagger({ yaml: true });
    });
  });
}
