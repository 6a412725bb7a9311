import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { type ErrorCode, ServiceError } from '../../core/service-error.ts';
import { shorten } from '../../core/shorten.ts';
import { toServiceError } from '../framework-error.ts';
import { isInferencePath, sendInferenceProblem, unknownInferencePath } from '../inference-problem.ts';
import { lingerBeforeClose } from '../lingering-close.ts';
import { PROBLEM_TYPE, toProblem, writeProblem } from '../problem.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Sends a problem document for every error. */
export function registerErrorHandler(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));

  app.setNotFoundHandler((request, reply) => {
    const url = request.url.split('?', 1)[0] ?? '/';
    const allowed = METHODS.filter((method) => app.findRoute({ method, url }) !== null);
    // A path that allows the method belongs to a folder of files, in which the file was not found.
    if (allowed.length === 0 || allowed.includes(request.method as HTTPMethods)) {
      const hint = isInferencePath(url) ? unknownInferencePath() : '/docs lists them';
      return sendProblem(
        new ServiceError('not_found', `${shorten(url)} is not a path of this service; ${hint}`),
        request,
        reply,
      );
    }
    reply.header('allow', allowed.join(', '));
    const message = `${shorten(url)} allows ${allowed.join(', ')}, not ${request.method}`;
    return sendProblem(new ServiceError('method_not_allowed', message), request, reply);
  });
}

/** For Fastify's `frameworkErrors`: errors before routing, for which no hook runs. */
export function sendFrameworkProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.headers({ ...SECURITY_HEADERS, 'x-request-id': request.id });
  return sendProblem(error, request, reply);
}

/** Where the rest of a body is still to come, slowly, or where it is not certain what comes next. */
const ENDS_CONNECTION: ReadonlySet<ErrorCode> = new Set(['request_timeout', 'malformed_request', 'headers_too_large']);

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const serviceError = toServiceError(error, request);
  request.serviceError = serviceError;
  const problem = toProblem(serviceError, request.id);
  if (serviceError.code === 'internal') request.log.error({ err: error }, 'internal error');
  else request.log.info({ code: serviceError.code, detail: serviceError.message }, 'rejected');
  if (serviceError.retryAfterSeconds !== undefined) reply.header('retry-after', String(serviceError.retryAfterSeconds));
  if (ENDS_CONNECTION.has(serviceError.code)) reply.header('connection', 'close');
  else lingerBeforeClose(request.raw);
  if (isInferencePath(request.url)) return sendInferenceProblem(problem, reply);
  return reply.code(problem.status).type(PROBLEM_TYPE).send(writeProblem(problem));
}
