import type { FastifyRequest } from 'fastify';
import { ServiceError } from '../core/service-error.ts';

export const JSON_TYPE = 'application/json';
export const SAFETENSORS_TYPE = 'application/vnd.safetensors';
export const BYTES_TYPE = 'application/octet-stream';

/** What batches come as under `/v1`. */
export const FORMATS = {
  [JSON_TYPE]: 'json',
  [SAFETENSORS_TYPE]: 'safetensors',
  [BYTES_TYPE]: 'safetensors',
} as const;
export type MediaType = keyof typeof FORMATS;
export const MEDIA_TYPES = Object.keys(FORMATS) as MediaType[];

export interface BodyLimits {
  readonly maxJsonBytes: number;
  readonly maxBodyBytes: number;
}

/** What a body of this type is called, and how long it may be. */
export function bodyOf(type: MediaType, limits: BodyLimits): { readonly type: MediaType; readonly limit: number } {
  return { type, limit: type === JSON_TYPE ? limits.maxJsonBytes : limits.maxBodyBytes };
}

/** @throws {ServiceError} `unsupported_media_type` */
export function contentType({ headers }: FastifyRequest): MediaType {
  const contentType = headers['content-type'];
  const [type = ''] = (contentType ?? '').split(';', 1);
  const sent = type.trim().toLowerCase() as MediaType;
  if (MEDIA_TYPES.includes(sent)) return sent;
  throw new ServiceError(
    'unsupported_media_type',
    `expected the Content-Type ${MEDIA_TYPES.join(', ')}; got ${contentType ?? 'none'}`,
  );
}

/**
 * The type that the Accept header likes best; of those that it likes as much, the first.
 *
 * @throws {ServiceError} `not_acceptable`
 */
export function acceptedType<Type extends MediaType>(request: FastifyRequest, offered: readonly Type[]): Type {
  const wanted = request.accepts().type([...offered]) as Type | false;
  if (wanted) return wanted;
  const allowed = MEDIA_TYPES.filter((type) => (offered as readonly MediaType[]).includes(type));
  throw new ServiceError(
    'not_acceptable',
    `expected an Accept header that allows ${allowed.join(', ')}; got ${request.headers.accept}`,
  );
}
