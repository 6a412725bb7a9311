import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { crossSiteRequest } from '../../core/common-errors.ts';

/** Methods that change nothing and cost little. A foreign page can't read their responses. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Rejects what browsers send for the pages of other sites, which could make the service compute. */
export function registerCrossSiteProtection(app: FastifyInstance): void {
  app.addHook('onRequest', ({ method, headers }, _reply, done) => {
    if (!SAFE_METHODS.has(method) && isCrossSite(headers)) throw crossSiteRequest();
    done();
  });
}

/**
 * Whether a page of another scheme, host or port makes the browser send this. Current browsers say so in Sec-Fetch-Site,
 * unless the service is reached without TLS by an address that is not loopback. There, the Origin header tells, which they
 * send with every POST. Neither header can be set by a page, and other clients send none.
 */
function isCrossSite({ 'sec-fetch-site': site, origin, host }: IncomingHttpHeaders): boolean {
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return origin !== undefined && origin.replace(/^https?:\/\//, '') !== host;
}
