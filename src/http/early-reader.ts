import type { Codec, DecodedRequest, ReceivedBody } from '../codecs/codec.ts';
import type { CodecPool } from '../codecs/codec-pool.ts';
import type { Allocator } from '../core/allocator.ts';
import type { BufferLease } from '../core/buffer-lease.ts';
import type { Cancellation } from '../core/cancellation.ts';
import { ServiceError } from '../core/service-error.ts';

interface ExpectedBody extends Pick<ReceivedBody, 'jsonBytes'> {
  readonly requestCodec: Codec<DecodedRequest>;
}

/**
 * Reads a batch in a codec thread while its logits, the last tensor of its body, are still arriving. Reading only views them,
 * and what takes time, such as to check float labels, is done when they are there.
 *
 * Its memory is that of the request, which holds the body already: what labels become is no larger than they are.
 */
export class EarlyReader {
  readonly #pool: CodecPool;
  readonly #expected: ExpectedBody;
  readonly #lease: BufferLease;
  #isDecided = false;
  #reading: Promise<DecodedRequest> | undefined;

  /** @param lease that of the body */
  constructor(pool: CodecPool, expected: ExpectedBody, lease: BufferLease) {
    this.#pool = pool;
    this.#expected = expected;
    this.#lease = lease;
  }

  /**
   * Called when all before the logits has arrived, and again for the rest of the body.
   *
   * @param bytes the memory of all of it
   */
  onArrival(bytes: Uint8Array, arrivedBytes: number): void {
    if (this.#isDecided || arrivedBytes === bytes.length) return;
    this.#isDecided = true;
    const { requestCodec, jsonBytes } = this.#expected;
    const body = { bytes, encoding: undefined, limit: bytes.length, jsonBytes };
    if (!this.#pool.hasThreadFor(requestCodec, body)) return;
    this.#reading = this.#lease.holdUntil(this.#pool.readInThread(requestCodec, body, this.#lease));
    this.#reading.catch((error) => {
      // There may be enough memory when the batch is in the queue. All other errors would be the same again.
      if (error instanceof ServiceError && error.code === 'memory_exhausted') this.#reading = undefined;
    });
  }

  /** As `CodecPool.read`: the batch that has been read, or is being read, if there is one. */
  read<Request extends DecodedRequest>(
    codec: Codec<Request>,
    body: ReceivedBody,
    allocator: Allocator,
    cancellation: Cancellation,
  ): Request | Promise<Request> {
    this.#isDecided = true;
    return (this.#reading as Promise<Request> | undefined) ?? this.#pool.read(codec, body, allocator, cancellation);
  }
}
