import type { FastifyRequest } from 'fastify';
import type { FieldCodec } from '../codecs/codec.ts';
import { jsonCodec } from '../codecs/json/json-codec.ts';
import { npzCodec } from '../codecs/npz/npz-codec.ts';
import { octetStreamCodec } from '../codecs/octet-stream-codec.ts';
import { safetensorsCodec } from '../codecs/safetensors/safetensors-codec.ts';
import { ServiceError } from '../core/service-error.ts';
import { shorten } from '../core/shorten.ts';

export const JSON_TYPE = 'application/json';
export const SAFETENSORS_TYPE = 'application/vnd.safetensors';
export const NPZ_TYPE = 'application/x-npz';
export const ZIP_TYPE = 'application/zip';
export const BYTES_TYPE = 'application/octet-stream';

/** The formats of batches under `/v1`. */
export const CODECS = {
  [JSON_TYPE]: jsonCodec,
  [SAFETENSORS_TYPE]: safetensorsCodec,
  [NPZ_TYPE]: npzCodec,
  [ZIP_TYPE]: npzCodec,
  [BYTES_TYPE]: octetStreamCodec,
} as const satisfies Record<string, FieldCodec>;
export type MediaType = keyof typeof CODECS;
export const MEDIA_TYPES = Object.keys(CODECS) as MediaType[];

export interface BodyLimits {
  readonly maxJsonBytes: number;
  readonly maxBodyBytes: number;
}

/** What to do about a body that is too long. */
export const LONG_BINARY = '; raise MAX_BODY_BYTES, or send the batch in parts, whose sums add up';
export const LONG_JSON = `; raise MAX_JSON_BYTES, or send a safetensors file (Content-Type: ${SAFETENSORS_TYPE}) or npz file (${NPZ_TYPE}), which is a fraction as long and may have MAX_BODY_BYTES`;

/** What the request handler needs to know of a body of this type. */
export function bodyOf(type: MediaType, { maxJsonBytes, maxBodyBytes }: BodyLimits) {
  if (type === JSON_TYPE) return { type, limit: maxJsonBytes, cure: LONG_JSON, jsonBytes: undefined };
  return { type, limit: maxBodyBytes, cure: LONG_BINARY, jsonBytes: 0 };
}

/** The headers that a client may send, for errors. */
export const CONTENT_TYPES =
  `"Content-Type: ${JSON_TYPE}" with JSON, "${SAFETENSORS_TYPE}" with a safetensors file, "${NPZ_TYPE}" (or ${ZIP_TYPE}) ` +
  `with what numpy.savez writes, or "${BYTES_TYPE}" with either file`;

/** @throws {ServiceError} `unsupported_media_type` */
export function contentType({ headers }: FastifyRequest): MediaType {
  const header = headers['content-type'];
  const [type = ''] = (header ?? '').split(';', 1);
  const contentType = type.trim().toLowerCase() as MediaType;
  if (MEDIA_TYPES.includes(contentType)) return contentType;
  throw new ServiceError(
    'unsupported_media_type',
    `expected the header ${CONTENT_TYPES}; got ${header === undefined ? 'none' : shorten(header)}`,
  );
}

/** Browsers send 200 characters. To compare the 1500 types that 16 KiB can have would take milliseconds. */
const MAX_ACCEPT_LENGTH = 1024;

/**
 * The type that the Accept header prefers; the first of those that it prefers equally.
 *
 * @throws {ServiceError} `not_acceptable`
 */
export function acceptedType<Type extends MediaType>(request: FastifyRequest, offered: readonly Type[]): Type {
  const { accept = '' } = request.headers;
  if (accept === '' || accept === '*/*') return offered[0]!; // As most programs send it.
  if (accept.length > MAX_ACCEPT_LENGTH) {
    const message = `expected an Accept header of at most ${MAX_ACCEPT_LENGTH} characters, got ${accept.length}`;
    throw new ServiceError('not_acceptable', message);
  }
  const accepted = request.accepts().type([...offered]) as Type | false;
  if (accepted) return accepted;
  const allowed = MEDIA_TYPES.filter((type) => (offered as readonly MediaType[]).includes(type));
  throw new ServiceError(
    'not_acceptable',
    `expected an Accept header that allows ${allowed.join(', ')}; got ${shorten(accept || 'none')}`,
  );
}
