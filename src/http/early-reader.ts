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
 * Reads a batch while its predictions, the last tensor of its body, are still arriving. Reading only views them. So what a codec
 * thread has to check, such as float labels, is done when they are there.
 *
 * Its memory is that of the request, which holds the body already: labels become at most twice as large as they are, and
 * weights of 8 bits four times.
 */
export class EarlyReader {
  readonly #pool: CodecPool;
  readonly #expected: ExpectedBody;
  readonly #lease: BufferLease;
  #isDecided = false;
  /** What has been read, or is being read. */
  #request: DecodedRequest | Promise<DecodedRequest> | undefined;

  /** @param lease that of the body */
  constructor(pool: CodecPool, expected: ExpectedBody, lease: BufferLease) {
    this.#pool = pool;
    this.#expected = expected;
    this.#lease = lease;
  }

  /**
   * Called when all before the predictions has arrived, and again for the rest of the body.
   *
   * @param bytes the memory of all of it
   */
  onArrival(bytes: Uint8Array, arrivedBytes: number): void {
    if (this.#isDecided || arrivedBytes === bytes.length) return;
    this.#isDecided = true;
    if (!this.#pool.hasFreeThread) return;
    const { requestCodec, jsonBytes } = this.#expected;
    const body = { bytes, encoding: undefined, limit: bytes.length, jsonBytes };
    try {
      this.#request = this.#pool.read(requestCodec, body, this.#lease);
    } catch (error) {
      this.#request = Promise.reject(error);
    }
    if (this.#request instanceof Promise) this.#hold(this.#request);
  }

  /** As `CodecPool.read`, which reads what has not been read by now. */
  read<Request extends DecodedRequest>(
    codec: Codec<Request>,
    body: ReceivedBody,
    allocator: Allocator,
    cancellation: Cancellation,
  ): Request | Promise<Request> {
    this.#isDecided = true;
    const request = this.#request as Request | Promise<Request> | undefined;
    return request ?? this.#pool.read(codec, body, allocator, cancellation);
  }

  #hold(reading: Promise<DecodedRequest>): void {
    this.#lease.holdUntil(reading).catch((error) => {
      // There may be enough memory when the batch is in the queue. All other errors would be the same again.
      if (error instanceof ServiceError && error.code === 'memory_exhausted') this.#request = undefined;
    });
  }
}
