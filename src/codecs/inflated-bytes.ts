import { bodyTooLarge } from '../core/common-errors.ts';
import type { Codec, DecodedRequest, ReceivedBody } from './codec.ts';

/**
 * How many bytes a body has, with the parts that its format compresses on its own at their length when decompressed. Of a body that is
 * itself compressed nothing else is known than its length.
 *
 * @throws {ServiceError} `body_too_large` if it would be more than the limit, before anything is decompressed; `malformed_body`
 */
export function inflatedBytes<Request extends DecodedRequest>(
  codec: Codec<Request>,
  { bytes, encoding, limit, cure }: Pick<ReceivedBody, 'bytes' | 'encoding' | 'limit' | 'cure'>,
): number {
  if (encoding || !codec.inflatedBytes) return bytes.length;
  const inflated = codec.inflatedBytes(bytes);
  if (inflated > limit) throw bodyTooLarge(limit, `${inflated}, decompressed`, cure);
  return inflated;
}
