import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { parseJson } from '../codecs/json/parse-json.ts';
import { addSchemaIssues } from '../codecs/schema-issues.ts';
import { unpooledLease } from '../core/buffer-lease.ts';
import type { RegionPlace } from '../core/shared-memory/region.ts';
import { ValidationIssues } from '../core/validation-issues.ts';
import type { Lifecycle } from './lifecycle.ts';
import { readBody } from './request-body.ts';

/** The longest body of a registration: its key has 255 bytes at most. */
const MAX_BODY_BYTES = 4096;

export const regionSchema = z.strictObject({
  key: z.string().describe('The name of the shared memory object, with a slash before it or without.'),
  offset: z.int().min(0).default(0).describe('Where the region starts in the object, in bytes.'),
  byte_size: z.int().min(1).describe('How many bytes the region has; the object has to have them.'),
});

export const regionStatusSchema = z.array(
  z.strictObject({
    name: z.string().describe('The name under which the region is registered.'),
    key: z.string().describe('The name of the shared memory object.'),
    offset: z.int().describe('Where the region starts in the object, in bytes.'),
    byte_size: z.int().describe('How many bytes the region has.'),
  }),
);
export type RegionStatus = z.output<typeof regionStatusSchema>;

export interface RegionRequestLimits {
  readonly lifecycle: Lifecycle;
  readonly minUploadBytesPerSecond: number;
}

/**
 * Reads the body of a registration.
 *
 * @throws {ServiceError} `malformed_body`, `body_too_large`, `request_timeout`, `shutting_down` or `invalid_request`
 */
export async function readRegionPlace(request: IncomingMessage, limits: RegionRequestLimits): Promise<RegionPlace> {
  const lease = unpooledLease();
  const bytes = await readBody(request, lease, { ...limits, limit: MAX_BODY_BYTES, alignAt: 0 });
  const parsed = regionSchema.safeParse(parseJson(bytes, lease), { reportInput: true });
  const issues = new ValidationIssues();
  if (!parsed.success) addSchemaIssues(parsed.error.issues, Object.keys(regionSchema.shape), issues);
  issues.throwIfAny();
  const { key, offset, byte_size: byteSize } = parsed.data!;
  return { key, offset, byteSize };
}
