import type { FastifyInstance } from 'fastify';

/** RFC 9110 lets a server ignore ranges. Preconditions are for writing, except the one by which browsers revalidate. */
const IGNORED_HEADERS = ['range', 'if-range', 'if-match', 'if-unmodified-since'];

/** Sends the files of `app` whole. For these headers @fastify/static would send a part, or an error without a problem document. */
export function registerWholeFiles(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw }) => {
    for (const header of IGNORED_HEADERS) delete raw.headers[header];
  });
}
