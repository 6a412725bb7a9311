import type { FastifyRequest } from 'fastify';
import { ServiceError } from '../core/service-error.ts';

/** Anything that was thrown while a request was handled, as a failure. What is not known is a bug, and is masked. */
export function toServiceError(error: unknown, request: FastifyRequest): ServiceError {
  if (error instanceof ServiceError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new ServiceError('unsupported_media_type', `got the Content-Type ${request.headers['content-type']}`, {
        cause: error,
      });
    case 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE': // QUERY, of which no path has a route.
      return new ServiceError('method_not_allowed', `No path of this service takes ${request.method}`, {
        cause: error,
      });
    case 'FST_ERR_BAD_URL':
      return new ServiceError('not_found', `${request.url.split('?')[0]} is not a well-formed path`, { cause: error });
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new ServiceError('not_found', 'There is nothing with so long a name', { cause: error });
    default:
      // What serves the files of the docs page refuses paths that lead out of them, or that no file has.
      if (error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500) {
        return new ServiceError('not_found', 'There is no such file', { cause: error });
      }
      return new ServiceError('internal', 'This is a bug; the log has the details under the request id', {
        cause: error,
      });
  }
}
