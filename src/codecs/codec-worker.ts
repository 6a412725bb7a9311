import { type Allocator, ArenaAllocator } from '../core/allocator.ts';
import { collectLargeHeap } from '../core/collect-garbage.ts';
import { RemoteAllocator } from '../core/remote-allocator.ts';
import { type WorkerTask, workerTask } from '../core/worker-result.ts';
import type { DecodedRequest, EncodedResponse, EvaluatedRequest, ReceivedBody } from './codec.ts';
import { findCodec } from './codec-registry.ts';
import { decompress } from './content-encoding.ts';
import { inflatedBytes } from './inflated-bytes.ts';
import { type TextPart, writePart } from './json/array-text.ts';
import type { PartedNumbers } from './json/divided-numbers.ts';
import { type NumberPart, type ReadPart, readNumberPart } from './json/read-number-part.ts';

// The tasks of the codec threads, which `CodecPool` runs.

export interface ReadTask {
  readonly codec: string;
  readonly body: ReceivedBody;
  /** For the batch's tensors. */
  readonly arena: Uint8Array;
  /** The id of the allocator for what does not fit there. */
  readonly allocator: number;
  readonly numbers: readonly PartedNumbers[];
}

export interface WriteTask {
  readonly codec: string;
  readonly evaluated: EvaluatedRequest<DecodedRequest>;
}

export const read = withSmallHeap(
  workerTask(async ({ codec, body, arena, allocator: id, numbers }: ReadTask): Promise<DecodedRequest> => {
    const allocator = new RemoteAllocator(id);
    const bytes = await plainBytes(body, allocator);
    const { jsonBytes = bytes.length, regions, limit, cure = '' } = body;
    const format = findCodec(codec);
    inflatedBytes(format, { bytes, encoding: undefined, limit, cure }); // Of a body that was compressed it has not been checked.
    const inflated = await format.inflate?.(bytes, allocator);
    return format.read({ bytes, jsonBytes, regions, numbers, inflated }, new ArenaAllocator(arena, allocator));
  }),
);

export const write = withSmallHeap(
  workerTask(({ codec, evaluated }: WriteTask): EncodedResponse => findCodec(codec).writeResponse(evaluated)),
);

export const readNumbers = workerTask((part: NumberPart): ReadPart | undefined => readNumberPart(part));

export const writeText = workerTask((part: TextPart): Uint8Array => writePart(part));

/**
 * Collects what a task leaves before its charge ends. That is after its result was made: until then the error of
 * `JSON.parse` refers to the text. A value is garbage only when it has been sent, which is before the next task.
 */
function withSmallHeap<Input, Value>(task: WorkerTask<Input, Value>): WorkerTask<Input, Value> {
  return async (input) => {
    collectLargeHeap();
    const result = await task(input);
    collectLargeHeap();
    return result;
  };
}

async function plainBytes({ bytes, encoding, limit, cure, jsonBytes = 0 }: ReceivedBody, allocator: Allocator) {
  if (encoding === undefined) return bytes;
  const decompressed = await decompress(
    bytes,
    encoding,
    { limit, ...(cure && { cure }), alignAt: jsonBytes },
    allocator,
  );
  allocator.free(bytes);
  return decompressed;
}
