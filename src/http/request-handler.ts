import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DecodedRequest, EncodedResponse, ReceivedBody } from '../codecs/codec.ts';
import type { CodecPool } from '../codecs/codec-pool.ts';
import type { BufferLease } from '../core/buffer-lease.ts';
import { BufferPool } from '../core/buffer-pool.ts';
import { shuttingDown } from '../core/common-errors.ts';
import type { RegionStore } from '../core/shared-memory/region-store.ts';
import { evaluationCount } from '../loss/hyper-parameters.ts';
import type { EvaluatedBatch } from '../telemetry/request-outcome.ts';
import { type BatchWorkers, type Codecs, computeBatch, type RequestContext } from './compute-batch.ts';
import { Deadline } from './deadline.ts';
import { EarlyEvaluation, EarlySlot, isWorthEarly } from './early-evaluation.ts';
import { EarlyReader } from './early-reader.ts';
import { type Lifecycle, onceClosed } from './lifecycle.ts';
import { contentEncoding, readBody } from './request-body.ts';

/** How a protocol carries requests and responses. */
export interface ProtocolAdapter<Request extends DecodedRequest> extends Codecs<Request> {
  /** The media type of the body. */
  readonly type: string;
  /** The most bytes that the body may have. */
  readonly limit: number;
  /** What to do about a longer body, for the error. */
  readonly cure: string;
  /** How many bytes of the body are JSON, binary data following; undefined: all of them. */
  readonly jsonBytes: number | undefined;
  /** Those that requests may name; undefined: none. */
  readonly regions?: RegionStore | undefined;
  send(reply: FastifyReply, response: EncodedResponse): FastifyReply;
}

interface RequestHandlerParts extends BatchWorkers {
  readonly codec: CodecPool;
  readonly lifecycle: Lifecycle;
}

export interface RequestHandlerSettings {
  readonly requestTimeoutMs: number;
  readonly memoryBudgetBytes: number;
  readonly minUploadBytesPerSecond: number;
}

/** Takes a request from its body to its response, whatever the protocol. */
export class RequestHandler {
  readonly #workers: BatchWorkers & { readonly codec: CodecPool };
  readonly #lifecycle: Lifecycle;
  readonly #timeoutMs: number;
  readonly #minUploadBytesPerSecond: number;
  readonly #buffers: BufferPool;
  readonly #earlySlot = new EarlySlot();

  constructor({ engine, codec, lifecycle }: RequestHandlerParts, settings: RequestHandlerSettings) {
    const { requestTimeoutMs, memoryBudgetBytes, minUploadBytesPerSecond } = settings;
    this.#workers = { engine, codec };
    this.#lifecycle = lifecycle;
    this.#timeoutMs = requestTimeoutMs;
    this.#minUploadBytesPerSecond = minUploadBytesPerSecond;
    this.#buffers = new BufferPool(memoryBudgetBytes);
  }

  /** Bytes of request buffers in use, and bytes kept for reuse. */
  get memory(): BufferPool['usage'] {
    return this.#buffers.usage;
  }

  /**
   * To be called before the body is read, so that a client need not send it for nothing.
   *
   * @throws {ServiceError} `shutting_down`, `not_ready`, `engine_unavailable` or `queue_full`
   */
  checkCapacity(): void {
    if (this.#lifecycle.closing) throw shuttingDown();
    this.#workers.engine.checkCapacity();
  }

  /**
   * Evaluates the batch that a request holds.
   *
   * @returns the response, whose bytes are the request's until the response has been sent
   */
  evaluate<Request extends DecodedRequest>(
    request: FastifyRequest,
    reply: FastifyReply,
    adapter: ProtocolAdapter<Request>,
  ): Promise<EncodedResponse> {
    const lease = this.#buffers.lease();
    onceClosed(reply.raw, () => lease.release());
    return lease.holdUntil(this.#evaluate(request, reply, adapter, lease));
  }

  async #evaluate<Request extends DecodedRequest>(
    request: FastifyRequest,
    reply: FastifyReply,
    adapter: ProtocolAdapter<Request>,
    lease: BufferLease,
  ): Promise<EncodedResponse> {
    const { limit, cure, jsonBytes } = adapter;
    const encoding = contentEncoding(request.raw.headers);
    const early = isWorthEarly(request.raw.headers, adapter) ? this.#earlyEvaluation(reply, adapter, lease) : undefined;
    try {
      const bytes = await readBody(request.raw, lease, {
        limit,
        cure,
        alignAt: jsonBytes ?? 0,
        lifecycle: this.#lifecycle,
        minUploadBytesPerSecond: this.#minUploadBytesPerSecond,
        onArrival: early?.onArrival,
      });
      // To read a batch may take long, so it is in the queue from here on. Others may have filled it while the body arrived.
      const place = this.#workers.engine.enterQueue();
      const deadline = new Deadline(this.#timeoutMs, reply.raw);
      // A batch that times out is reported at once. Threads notice it later, and the buffers stay theirs until then.
      const regions = adapter.regions?.hold();
      if (regions) lease.onEnd(() => regions.release());
      const body = { bytes, encoding, limit, cure, jsonBytes, regions: regions?.regions };
      const response = this.#respond(body, adapter, early, { lease, deadline, place, regions }, (evaluated) => {
        request.evaluated = evaluated;
      }).finally(() => place.leave());
      return await deadline.race(lease.holdUntil(response));
    } finally {
      early?.end();
    }
  }

  /** Its memory is that of the request, and freed before if its results are of no use. */
  #earlyEvaluation<Request extends DecodedRequest>(
    { raw }: FastifyReply,
    adapter: ProtocolAdapter<Request>,
    lease: BufferLease,
  ): EarlyEvaluation<Request> {
    const { engine, codec } = this.#workers;
    const workers = { engine, codec: new EarlyReader(codec, adapter, lease) };
    return new EarlyEvaluation(adapter, workers, this.#earlySlot, () => {
      if (raw.destroyed) return undefined;
      const own = this.#buffers.lease();
      void lease.holdUntil(new Promise<void>((resolve) => own.onEnd(resolve)));
      onceClosed(raw, () => own.release());
      return own;
    });
  }

  /** A small batch takes a single turn: it waits for nothing that is at hand. */
  async #respond<Request extends DecodedRequest>(
    body: ReceivedBody,
    adapter: ProtocolAdapter<Request>,
    early: EarlyEvaluation<Request> | undefined,
    context: RequestContext,
    observe: (evaluated: EvaluatedBatch) => void,
  ): Promise<EncodedResponse> {
    const start = performance.now();
    const { deadline } = context;
    const { engine, codec } = this.#workers;
    const computing =
      (early && (await deadline.during(early.result(context)))) ??
      computeBatch(body, adapter, early?.workers ?? this.#workers, context);
    const { request, plan, evaluation, decodeMs, lease } = computing instanceof Promise ? await computing : computing;
    deadline.check(); // The memory of an early evaluation may be free if its client is gone.
    const { sums, bins, calibration, queueMs, computeMs } = evaluation;
    const { name, device } = engine.info!;
    const durations = { queue: queueMs, decode: decodeMs, compute: computeMs };
    const encodeStart = performance.now();
    const evaluated = {
      request,
      plan,
      totals: { sums, ...(bins && { bins }), ...(calibration && { calibration }) },
      metadata: { engine: { name, device }, durations },
    };
    const writing = codec.write(adapter.responseCodec, evaluated, deadline.cancellation);
    const response = writing instanceof Promise ? await deadline.during(lease.holdUntil(writing)) : writing;
    const { batch, hyperParameters, regionUse } = request;
    const { elements, classes } = batch.counts;
    const end = performance.now();
    observe({
      requestType: adapter.type,
      requestBytes: body.bytes.length,
      responseBytes: response.bytes.length,
      regionBytes: { read: regionUse?.bytesRead ?? 0, written: regionUse?.bytesWritten ?? 0 },
      elements: elements * (hyperParameters ? evaluationCount(hyperParameters, classes) : 1),
      classes,
      engine: name,
      warnings: response.warnings ?? [],
      startMs: start,
      durationsMs: { ...durations, encode: end - encodeStart },
      totalMs: end - start,
    });
    return response;
  }
}
