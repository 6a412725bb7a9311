import type { IncomingHttpHeaders } from 'node:http';
import type { DecodedRequest } from '../codecs/codec.ts';
import type { BufferLease } from '../core/buffer-lease.ts';
import { Cancellation } from '../core/cancellation.ts';
import { deadlineExceeded } from '../core/common-errors.ts';
import { ServiceError } from '../core/service-error.ts';
import { Arrival } from '../engine/arrival.ts';
import { classMemoryBytes } from '../loss/limits.ts';
import type { BatchWorkers, Codecs, ComputedBatch } from './compute-batch.ts';
import type { EarlyReader } from './early-reader.ts';

/** Smaller bodies take little longer to compute than to hand over. */
const MIN_BODY_BYTES = 2 ** 22;
// A body that arrives faster comes from this machine, or keeps the HTTP thread busy: threads that compute meanwhile would take
// the time of a core from the client or from that thread, which measured up to a quarter of the request.
const MAX_BYTES_PER_MS = 250_000;
/** For less time a rate tells nothing. */
const MIN_OBSERVED_MS = 20;
/** A client that takes longer to send a body gains next to nothing, and would hold memory for its results. */
const MAX_UPLOAD_MS = 5000;

/** Whether a body is large, and as it was sent, in a format whose logits may come last. */
export function isWorthEarly<Request extends DecodedRequest>(
  { 'content-length': length, 'content-encoding': encoding }: IncomingHttpHeaders,
  { requestCodec }: Codecs<Request>,
): boolean {
  return encoding === undefined && requestCodec.logitsStart !== undefined && Number(length) >= MIN_BODY_BYTES;
}

interface EarlyWorkers extends BatchWorkers {
  readonly codec: EarlyReader;
}

/** The body that is computed while it arrives. One at a time: it holds memory before its request is in the queue. */
export class EarlySlot {
  holder: unknown;
}

/**
 * Computes a batch while the last tensor of its body, the logits, is still arriving.
 *
 * It is an attempt, with memory of its own. Whatever goes wrong with it, the batch is computed again when all of the body is
 * there, so that errors are the same as without it. It has no place in the queue, and no thread waits for its bytes.
 */
export class EarlyEvaluation<Request extends DecodedRequest> {
  readonly #codecs: Codecs<Request>;
  readonly #workers: EarlyWorkers;
  readonly #slot: EarlySlot;
  readonly #createLease: () => BufferLease | undefined;
  readonly #arrival = new Arrival();
  readonly #cancellation = new Cancellation();
  /** Where the logits begin; undefined until all before them may have arrived. */
  #logitsStart: number | undefined;
  #computing: Promise<ComputedBatch<Request>> | undefined;
  readonly #startedAt = performance.now();
  #decodedAt = 0;
  #released: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  /** @param createLease creates the lease of the attempt, before which that of the body must not end; undefined: the client is gone */
  constructor(
    codecs: Codecs<Request>,
    workers: EarlyWorkers,
    slot: EarlySlot,
    createLease: () => BufferLease | undefined,
  ) {
    this.#codecs = codecs;
    this.#workers = workers;
    this.#slot = slot;
    this.#createLease = createLease;
  }

  /** They may have read the batch when all of its body is there. */
  get workers(): BatchWorkers {
    return this.#workers;
  }

  /** Called when more of the body has arrived, once its memory is that of all of it. */
  readonly onArrival = (body: Uint8Array, arrivedBytes: number): void => {
    if (this.#ended) return;
    this.#logitsStart ??= this.#findLogits(body, arrivedBytes);
    if (arrivedBytes < this.#logitsStart) return;
    this.#workers.codec.onArrival(body, arrivedBytes);
    if (!this.#computing) {
      if (arrivedBytes === body.length || !this.#isSlow(arrivedBytes)) return;
      if (!this.#begin(body)) {
        this.end();
        return;
      }
    }
    this.#arrival.advance(arrivedBytes - this.#logitsStart);
  };

  /**
   * To be called when all of the body has arrived.
   *
   * @returns undefined if the batch has to be computed from its body
   * @throws {ServiceError} `engine_unavailable`
   */
  async result(): Promise<ComputedBatch<Request> | undefined> {
    const start = performance.now();
    clearTimeout(this.#timer);
    try {
      const computed = await this.#computing;
      return computed && this.#sinceArrival(computed, start);
    } catch (error) {
      // The batch may have ended its thread, and would end another.
      if (!(error instanceof ServiceError) || error.code === 'engine_unavailable') throw error;
      this.end();
      await this.#released;
      return undefined;
    }
  }

  /** Stops what is still at work. The memory is free when all threads have let go of it, and not if it has the results. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    if (this.#slot.holder === this) this.#slot.holder = undefined;
    this.#cancellation.abort();
    this.#arrival.end();
  }

  #findLogits(body: Uint8Array, arrivedBytes: number): number {
    try {
      return this.#codecs.requestCodec.logitsStart?.(body, arrivedBytes) ?? Number.POSITIVE_INFINITY;
    } catch {
      return Number.POSITIVE_INFINITY; // What is malformed is reported when all of it has arrived.
    }
  }

  #isSlow(arrivedBytes: number): boolean {
    const ms = performance.now() - this.#startedAt;
    return ms >= MIN_OBSERVED_MS && arrivedBytes <= MAX_BYTES_PER_MS * ms;
  }

  /** @returns whether threads are free for it */
  #begin(body: Uint8Array): boolean {
    if (this.#slot.holder !== undefined || !this.#workers.engine.isIdle) return false;
    const lease = this.#createLease();
    if (!lease) return false;
    this.#slot.holder = this;
    this.#released = new Promise((resolve) => lease.onEnd(resolve));
    this.#timer = setTimeout(() => this.end(), MAX_UPLOAD_MS);
    this.#computing = lease.holdUntil(this.#compute(body, lease));
    this.#computing.catch(() => lease.release());
    return true;
  }

  async #compute(bytes: Uint8Array, lease: BufferLease): Promise<ComputedBatch<Request>> {
    const { requestCodec, responseCodec } = this.#codecs;
    const { engine, codec } = this.#workers;
    const cancellation = this.#cancellation;
    const body = { bytes, encoding: undefined, limit: bytes.length, jsonBytes: undefined };
    const request = await codec.read(requestCodec, body, lease, cancellation);
    if (cancellation.aborted) throw deadlineExceeded();
    lease.charge(classMemoryBytes(request.batch));
    const plan = responseCodec.planResponse(request, lease);
    this.#decodedAt = performance.now();
    const options = { arrival: this.#arrival, cancellation, lease, arrays: plan.arrays };
    const evaluation = await engine.evaluate(request.batch, options);
    return { request, plan, evaluation, decodeMs: 0, lease };
  }

  /** Times count from the last byte on, as those of any other batch. */
  #sinceArrival(computed: ComputedBatch<Request>, start: number): ComputedBatch<Request> {
    const decodeMs = Math.max(0, this.#decodedAt - start);
    const restMs = performance.now() - start - decodeMs;
    const computeMs = Math.min(computed.evaluation.computeMs, restMs);
    const evaluation = { ...computed.evaluation, computeMs, queueMs: restMs - computeMs };
    return { ...computed, evaluation, decodeMs };
  }
}
