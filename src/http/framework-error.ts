import type { FastifyRequest } from 'fastify';
import { ServiceError } from '../core/service-error.ts';
import { shorten } from '../core/shorten.ts';
import { CONTENT_TYPES } from './media-types.ts';

/** Converts anything that is thrown while a request is handled. An unknown error is a bug, and its details are hidden. */
export function toServiceError(error: unknown, request: FastifyRequest): ServiceError {
  if (error instanceof ServiceError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new ServiceError(
        'unsupported_media_type',
        `expected the header ${CONTENT_TYPES}; got ${shorten(request.headers['content-type'] ?? 'none')}`,
        {
          cause: error,
        },
      );
    case 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE': // The method QUERY, which no route has.
      return new ServiceError('method_not_allowed', `No path of this service allows ${request.method}`, {
        cause: error,
      });
    case 'FST_ERR_BAD_URL':
      return new ServiceError('not_found', `${shorten(request.url.split('?', 1)[0] ?? '')} is not a well-formed path`, {
        cause: error,
      });
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new ServiceError('not_found', 'The path has too long a parameter', { cause: error });
    default:
      // @fastify/static rejects paths that lead out of its folder or to no file.
      if (error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500) {
        return new ServiceError('not_found', 'File not found', { cause: error });
      }
      return new ServiceError('internal', 'This is a bug; the log has the details under this request id', {
        cause: error,
      });
  }
}
