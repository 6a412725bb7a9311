import { ArenaAllocator } from '../core/allocator.ts';
import { workerTask } from '../core/worker-result.ts';
import type { DecodedRequest, EncodedResponse, EvaluatedRequest, RequestBody } from './codec.ts';
import { findCodec } from './codec-registry.ts';

// The tasks of the codec threads, which `CodecPool` runs.

export interface ReadTask {
  readonly codec: string;
  readonly body: RequestBody;
  /** For the batch's tensors. */
  readonly arena: Uint8Array;
}

export interface WriteTask {
  readonly codec: string;
  readonly evaluated: EvaluatedRequest<DecodedRequest>;
}

export const read = workerTask(
  ({ codec, body, arena }: ReadTask): DecodedRequest => findCodec(codec).read(body, new ArenaAllocator(arena)),
);

export const write = workerTask(
  ({ codec, evaluated }: WriteTask): EncodedResponse => findCodec(codec).writeResponse(evaluated),
);
