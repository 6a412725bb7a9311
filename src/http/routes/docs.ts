import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { DOCUMENT, withRequestExamples } from '../openapi/document.ts';
import { openApi30 } from '../openapi/openapi-3.0.ts';
import { registerPublicAccess } from '../plugins/authentication.ts';
import { registerWholeFiles } from '../plugins/whole-files.ts';

/** The docs page may load files from this service alone, and send requests to nothing else. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

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
  await app.register(async (docs) => {
    registerPublicAccess(docs);
    registerWholeFiles(docs);
    await docs.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: CONTENT_SECURITY_POLICY,
      theme: { title: 'focal-loss-service' },
      uiConfig: { layout: 'BaseLayout', tryItOutEnabled: true, displayRequestDuration: true },
    });
    // To write the document takes milliseconds, and to encode its text takes some for each request.
    let json: Buffer | undefined;
    docs.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
      json ??= Buffer.from(JSON.stringify(app.swagger()));
      return reply.type('application/json; charset=utf-8').send(json);
    });
    let json30: Buffer | undefined;
    docs.get('/openapi-3.0.json', { schema: { hide: true } }, async (_request, reply) => {
      json30 ??= Buffer.from(JSON.stringify(openApi30(app.swagger() as never)));
      return reply.type('application/json; charset=utf-8').send(json30);
    });
    let yaml: Buffer | undefined;
    docs.get('/openapi.yaml', { schema: { hide: true } }, async (_request, reply) => {
      yaml ??= Buffer.from(app.swagger({ yaml: true }));
      return reply.type('application/yaml').send(yaml);
    });
  });
}
