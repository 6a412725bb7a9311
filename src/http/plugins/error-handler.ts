import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { ServiceError } from '../../core/service-error.ts';
import { toServiceError } from '../framework-error.ts';
import { isInferencePath, sendInferenceProblem, unknownInferencePath } from '../inference-problem.ts';
import { PROBLEM_TYPE, toProblem } from '../problem.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Answers everything that goes wrong with a problem document. */
export function registerErrorHandler(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));

  app.setNotFoundHandler((request, reply) => {
    const url = request.url.split('?')[0] ?? '/';
    const allowed = METHODS.filter((method) => app.findRoute({ method, url }) !== null);
    // A path that takes the method has been tried already: it is a folder's, and the file is not in it.
    if (allowed.length === 0 || allowed.includes(request.method as HTTPMethods)) {
      const known = isInferencePath(url) ? unknownInferencePath() : '/docs lists them';
      return sendProblem(
        new ServiceError('not_found', `${url} is not a path of this service; ${known}`),
        request,
        reply,
      );
    }
    reply.header('allow', allowed.join(', '));
    const message = `${url} takes ${allowed.join(', ')}, not ${request.method}`;
    return sendProblem(new ServiceError('method_not_allowed', message), request, reply);
  });
}

/** Fastify's `frameworkErrors`: what is wrong before there is a route to run hooks for. */
export function sendFrameworkProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.headers({ ...SECURITY_HEADERS, 'x-request-id': request.id });
  return sendProblem(error, request, reply);
}

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = toServiceError(error, request);
  request.failure = failure;
  const problem = toProblem(failure, request.id);
  if (failure.code === 'internal') request.log.error({ err: error }, 'bug');
  else request.log.info({ code: failure.code, detail: failure.message }, 'refused');
  if (failure.retryAfterSeconds !== undefined) reply.header('retry-after', String(failure.retryAfterSeconds));
  if (isInferencePath(request.url)) return sendInferenceProblem(problem, reply);
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}
