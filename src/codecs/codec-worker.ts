import { type Allocator, ArenaAllocator } from '../core/allocator.ts';
import { collectGarbage } from '../core/collect-garbage.ts';
import { RemoteAllocator } from '../core/remote-allocator.ts';
import { workerTask } from '../core/worker-result.ts';
import { classMemoryBytes } from '../loss/limits.ts';
import type { DecodedRequest, EncodedResponse, EvaluatedRequest, ReceivedBody } from './codec.ts';
import { findCodec } from './codec-registry.ts';
import { decompress } from './content-encoding.ts';

// The tasks of the codec threads, which `CodecPool` runs.

export interface ReadTask {
  readonly codec: string;
  readonly body: ReceivedBody;
  /** For the batch's tensors. */
  readonly arena: Uint8Array;
  /** The id of the allocator for what does not fit there. */
  readonly allocator: number;
}

export interface WriteTask {
  readonly codec: string;
  readonly evaluated: EvaluatedRequest<DecodedRequest>;
}

/** JavaScript values of a task that are collected when it ends, before their charge does. Less than that is soon reused. */
const MAX_GARBAGE_BYTES = 32 * 2 ** 20;

export const read = workerTask(async ({ codec, body, arena, allocator: id }: ReadTask): Promise<DecodedRequest> => {
  const allocator = new RemoteAllocator(id);
  try {
    const bytes = await plainBytes(body, allocator);
    const { jsonBytes = bytes.length } = body;
    return findCodec(codec).read({ bytes, jsonBytes }, new ArenaAllocator(arena, allocator));
  } finally {
    if (allocator.chargedBytes > MAX_GARBAGE_BYTES) collectGarbage();
  }
});

export const write = workerTask(({ codec, evaluated }: WriteTask): EncodedResponse => {
  try {
    return findCodec(codec).writeResponse(evaluated);
  } finally {
    if (classMemoryBytes(evaluated.request.batch) > MAX_GARBAGE_BYTES) collectGarbage();
  }
});

async function plainBytes({ bytes, encoding, limit, jsonBytes = 0 }: ReceivedBody, allocator: Allocator) {
  if (encoding === undefined) return bytes;
  const decompressed = await decompress(bytes, encoding, { limit, alignAt: jsonBytes }, allocator);
  allocator.free(bytes);
  return decompressed;
}
