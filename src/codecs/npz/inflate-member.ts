import { createInflateRaw, inflateRawSync } from 'node:zlib';
import type { Allocator } from '../../core/allocator.ts';
import { copyBytes } from '../../core/copy-bytes.ts';
import { ServiceError } from '../../core/service-error.ts';
import { CHUNK_BYTES, decodeChunks } from '../decode-chunks.ts';
import { malformedNpz, memberPlace, WRITE_AGAIN } from './malformed-npz.ts';
import type { ZipMember } from './zip-member.ts';
import { readZipMembers } from './zip-members.ts';

/**
 * Inflates all deflated members of an archive, each into memory of the length that its directory states. It runs in codec threads, and
 * takes no other memory.
 *
 * @returns what they hold, by their names
 * @throws {ServiceError} `malformed_body`, or what the allocator throws
 */
export async function inflateMembers(file: Uint8Array, allocator: Allocator): Promise<Map<string, Uint8Array>> {
  const inflated = new Map<string, Uint8Array>();
  for (const member of readZipMembers(file)) {
    if (member.isDeflated) inflated.set(member.name, await inflate(member, allocator.bytes(member.size)));
  }
  return inflated;
}

async function inflate(member: ZipMember, target: Uint8Array): Promise<Uint8Array> {
  let at = 0;
  try {
    await decodeChunks(createInflateRaw({ chunkSize: CHUNK_BYTES }), member.bytes, (chunk) => {
      const end = at + chunk.length;
      if (end > member.size) throw wrongSize(member, 'more');
      copyBytes(chunk, target.subarray(at, end));
      at = end;
    });
  } catch (error) {
    throw error instanceof ServiceError ? error : damaged(member, error);
  }
  if (at < member.size) throw wrongSize(member, `${at}`);
  return target;
}

/**
 * Inflates a short member at once.
 *
 * @throws {ServiceError} `malformed_body`, or what the allocator throws
 */
export function inflateNow(member: ZipMember, allocator: Allocator): Uint8Array {
  const { bytes, size } = member;
  let inflated: Buffer;
  try {
    // One byte more than it needs: the last chunk is then the only one, which is not copied.
    const options = { chunkSize: Math.max(64, size + 1), maxOutputLength: Math.max(1, size) };
    inflated = inflateRawSync(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw wrongSize(member, 'more');
    throw damaged(member, error);
  }
  if (inflated.length !== size) throw wrongSize(member, `${inflated.length}`);
  const target = allocator.bytes(size);
  target.set(inflated);
  return target;
}

function wrongSize({ name, size }: ZipMember, got: string): ServiceError {
  return malformedNpz(
    `${memberPlace(name)}: expected it to inflate to ${size} bytes, as its directory entry says, got ${got}${WRITE_AGAIN}`,
  );
}

function damaged({ name }: ZipMember, cause: unknown): ServiceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return malformedNpz(`${memberPlace(name)}: it cannot be inflated: ${reason}${WRITE_AGAIN}`, cause);
}
