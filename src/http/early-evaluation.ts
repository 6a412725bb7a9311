import type { IncomingHttpHeaders } from 'node:http';
import type { DecodedRequest, ReceivedBody } from '../codecs/codec.ts';
import type { BufferLease } from '../core/buffer-lease.ts';
import { Cancellation } from '../core/cancellation.ts';
import { deadlineExceeded } from '../core/common-errors.ts';
import { ServiceError } from '../core/service-error.ts';
import { Arrival } from '../engine/arrival.ts';
import { classMemoryBytes } from '../loss/limits.ts';
import { ArrivalRate, MAX_UPLOAD_MS } from './arrival-rate.ts';
import {
  applyRequest,
  type BatchWorkers,
  type Codecs,
  type ComputedBatch,
  type RequestContext,
} from './compute-batch.ts';
import type { EarlyReader } from './early-reader.ts';

/** Smaller bodies take little longer to compute than to hand over. */
const MIN_BODY_BYTES = 2 ** 22;

/** Whether a body is large, and as it was sent, in a format whose predictions may come last. */
export function isWorthEarly<Request extends DecodedRequest>(
  { 'content-length': length, 'content-encoding': encoding }: IncomingHttpHeaders,
  { requestCodec }: Codecs<Request>,
): boolean {
  return encoding === undefined && requestCodec.predictionsStart !== undefined && Number(length) >= MIN_BODY_BYTES;
}

/** What is known of a body before it has arrived. */
type ExpectedBody<Request extends DecodedRequest> = Codecs<Request> & Pick<ReceivedBody, 'jsonBytes'>;

interface EarlyWorkers extends BatchWorkers {
  readonly codec: EarlyReader;
}

/** The body that is computed while it arrives. One at a time: it holds memory before its request is in the queue. */
export class EarlySlot {
  holder: unknown;
}

/**
 * Computes a batch while the last tensor of its body, the predictions, is still arriving.
 *
 * It is an attempt, with memory of its own. If it fails, the batch is computed again when all of the body is there, so that errors
 * are the same as without it; what is wrong with the batch apart from its predictions would be the same again, and is reported.
 * It has no place in the queue, and no thread waits for its bytes.
 */
export class EarlyEvaluation<Request extends DecodedRequest> {
  readonly #expected: ExpectedBody<Request>;
  readonly #workers: EarlyWorkers;
  readonly #slot: EarlySlot;
  readonly #createLease: () => BufferLease | undefined;
  readonly #arrival = new Arrival();
  readonly #cancellation = new Cancellation();
  /** Where they begin; undefined until all before them may have arrived. */
  #predictionsStart: number | undefined;
  #reading: Promise<Request> | undefined;
  #computing: Promise<ComputedBatch<Request>> | undefined;
  readonly #rate = new ArrivalRate();
  #decodedAt = 0;
  #released: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  /** @param createLease creates the lease of the attempt, before which that of the body must not end; undefined: the client is gone */
  constructor(
    expected: ExpectedBody<Request>,
    workers: EarlyWorkers,
    slot: EarlySlot,
    createLease: () => BufferLease | undefined,
  ) {
    this.#expected = expected;
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
    this.#predictionsStart ??= this.#findPredictions(body, arrivedBytes);
    if (arrivedBytes < this.#predictionsStart) return;
    this.#workers.codec.onArrival(body, arrivedBytes);
    if (!this.#computing) {
      if (arrivedBytes === body.length || !this.#rate.isWorthWork(body.length, arrivedBytes)) return;
      if (!this.#begin(body)) {
        this.end();
        return;
      }
    }
    this.#arrival.advance(arrivedBytes - this.#predictionsStart);
  };

  /**
   * To be called when all of the body has arrived.
   *
   * @returns undefined if the batch has to be computed from its body
   * @throws {ServiceError} `engine_unavailable`, or what is wrong with the batch apart from its predictions
   */
  async result(context: Pick<RequestContext, 'deadline' | 'regions'>): Promise<ComputedBatch<Request> | undefined> {
    const start = performance.now();
    clearTimeout(this.#timer);
    try {
      const request = await this.#reading;
      if (request) applyRequest(request, context);
    } catch (error) {
      if (isFinal(error)) throw error;
    }
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

  #findPredictions(body: Uint8Array, arrivedBytes: number): number {
    try {
      const { requestCodec, jsonBytes = body.length } = this.#expected;
      return requestCodec.predictionsStart?.({ bytes: body, jsonBytes }, arrivedBytes) ?? Number.POSITIVE_INFINITY;
    } catch {
      return Number.POSITIVE_INFINITY; // What is malformed is reported when all of it has arrived.
    }
  }

  /** @returns whether threads are free for it */
  #begin(body: Uint8Array): boolean {
    if (this.#slot.holder !== undefined || !this.#workers.engine.isIdle) return false;
    const lease = this.#createLease();
    if (!lease) return false;
    this.#slot.holder = this;
    this.#released = new Promise((resolve) => lease.onEnd(resolve));
    this.#timer = setTimeout(() => this.end(), MAX_UPLOAD_MS);
    this.#reading = this.#read(body, lease);
    this.#computing = lease.holdUntil(this.#compute(this.#reading, lease));
    this.#computing.catch(() => {
      lease.release();
      this.end();
    });
    return true;
  }

  async #read(bytes: Uint8Array, lease: BufferLease): Promise<Request> {
    const { requestCodec, jsonBytes } = this.#expected;
    const body = { bytes, encoding: undefined, limit: bytes.length, jsonBytes };
    return this.#workers.codec.read(requestCodec, body, lease, this.#cancellation);
  }

  async #compute(reading: Promise<Request>, lease: BufferLease): Promise<ComputedBatch<Request>> {
    const request = await reading;
    const { batch, hyperParameters } = request;
    const cancellation = this.#cancellation;
    if (cancellation.aborted) throw deadlineExceeded();
    lease.charge(classMemoryBytes(batch));
    const plan = this.#expected.responseCodec.planResponse(request, lease);
    this.#decodedAt = performance.now();
    const options = { arrival: this.#arrival, cancellation, lease, arrays: plan.arrays, hyperParameters };
    const evaluation = await this.#workers.engine.evaluate(batch, options);
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

/** Whether reading the batch once more, when all of its body is there, would find the same: its predictions are only viewed. */
function isFinal(error: unknown): boolean {
  return error instanceof ServiceError && (error.code === 'invalid_request' || error.code === 'malformed_body');
}
