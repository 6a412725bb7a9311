import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { Codec, DecodedRequest, EncodedResponse, ReceivedBody } from '../codecs/codec.ts';
import type { CodecPool } from '../codecs/codec-pool.ts';
import type { BufferLease } from '../core/buffer-lease.ts';
import { BufferPool } from '../core/buffer-pool.ts';
import { shuttingDown } from '../core/common-errors.ts';
import type { RegionHold, RegionStore } from '../core/shared-memory/region-store.ts';
import type { Engine, QueuePlace } from '../engine/engine.ts';
import { evaluationCount } from '../loss/hyper-parameters.ts';
import { classMemoryBytes } from '../loss/limits.ts';
import type { EvaluatedBatch } from '../telemetry/request-outcome.ts';
import { Deadline } from './deadline.ts';
import { type Lifecycle, onceClosed } from './lifecycle.ts';
import { contentEncoding, readBody } from './request-body.ts';

/** How a protocol carries requests and responses. */
export interface ProtocolAdapter<Request extends DecodedRequest> {
  /** The media type of the body. */
  readonly type: string;
  /** The most bytes that the body may have. */
  readonly limit: number;
  /** How many bytes of the body are JSON, binary data following; undefined: all of them. */
  readonly jsonBytes: number | undefined;
  /** Those that requests may name; undefined: none. */
  readonly regions?: RegionStore | undefined;
  readonly requestCodec: Codec<Request>;
  readonly responseCodec: Codec<Request>;
  send(reply: FastifyReply, response: EncodedResponse): FastifyReply;
}

/** A route that evaluates batches. */
export interface EvaluationRoute<Request extends DecodedRequest> {
  readonly path: string;
  readonly schema: object;
  /**
   * Reads what the headers say of the body and the response.
   *
   * @throws {ServiceError} `unsupported_media_type`, `not_acceptable`, `malformed_body` or `body_too_large`
   */
  negotiate(request: FastifyRequest): ProtocolAdapter<Request>;
}

interface RequestHandlerParts {
  readonly engine: Engine;
  readonly codec: CodecPool;
  readonly lifecycle: Lifecycle;
}

export interface RequestHandlerSettings {
  readonly requestTimeoutMs: number;
  readonly memoryBudgetBytes: number;
  readonly minUploadBytesPerSecond: number;
}

/** What one request holds while it is processed. */
interface RequestContext {
  readonly lease: BufferLease;
  readonly deadline: Deadline;
  readonly place: QueuePlace;
  readonly regions: RegionHold | undefined;
}

/** Takes a request from its body to its response, whatever the protocol. */
export class RequestHandler {
  readonly #engine: Engine;
  readonly #codec: CodecPool;
  readonly #lifecycle: Lifecycle;
  readonly #timeoutMs: number;
  readonly #minUploadBytesPerSecond: number;
  readonly #buffers: BufferPool;

  constructor({ engine, codec, lifecycle }: RequestHandlerParts, settings: RequestHandlerSettings) {
    const { requestTimeoutMs, memoryBudgetBytes, minUploadBytesPerSecond } = settings;
    this.#engine = engine;
    this.#codec = codec;
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
    this.#engine.checkCapacity();
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
    const { limit, jsonBytes } = adapter;
    const encoding = contentEncoding(request.raw.headers);
    const bytes = await readBody(request.raw, lease, {
      limit,
      alignAt: jsonBytes ?? 0,
      lifecycle: this.#lifecycle,
      minUploadBytesPerSecond: this.#minUploadBytesPerSecond,
    });
    // To read a batch may take long, so it is in the queue from here on. Others may have filled it while the body arrived.
    const place = this.#engine.enterQueue();
    const deadline = new Deadline(this.#timeoutMs, reply.raw);
    // A batch that times out is reported at once. Threads notice it later, and the buffers stay theirs until then.
    const regions = adapter.regions?.hold();
    if (regions) lease.onEnd(() => regions.release());
    const body = { bytes, encoding, limit, jsonBytes, regions: regions?.regions };
    const response = this.#respond(body, adapter, { lease, deadline, place, regions }, (evaluated) => {
      request.evaluated = evaluated;
    }).finally(() => place.leave());
    return deadline.race(lease.holdUntil(response));
  }

  /** A small batch takes a single turn: it waits for nothing that is at hand. */
  async #respond<Request extends DecodedRequest>(
    body: ReceivedBody,
    { type, requestCodec, responseCodec }: ProtocolAdapter<Request>,
    { lease, deadline, place, regions }: RequestContext,
    observe: (evaluated: EvaluatedBatch) => void,
  ): Promise<EncodedResponse> {
    const start = performance.now();
    const reading = this.#codec.read(requestCodec, body, lease, deadline.cancellation);
    const request = reading instanceof Promise ? await deadline.during(reading) : reading;
    const { batch, hyperParameters, timeoutMs, regionUse } = request;
    regions?.keepOnly(regionUse?.names ?? []);
    lease.charge(classMemoryBytes(batch));
    deadline.check();
    if (timeoutMs !== undefined) deadline.bringForward(timeoutMs);
    const plan = responseCodec.planResponse(request, lease);
    const decode = performance.now() - start;

    const { arrays, regionArrays } = plan;
    const options = { place, cancellation: deadline.cancellation, lease, arrays, regionArrays, hyperParameters };
    const { sums, bins, queueMs, computeMs } =
      this.#engine.evaluateInline(batch, options) ?? (await deadline.during(this.#engine.evaluate(batch, options)));
    const { name, device } = this.#engine.info!;
    const durations = { queue: queueMs, decode, compute: computeMs };
    const encodeStart = performance.now();
    const evaluated = {
      request,
      plan,
      totals: { sums, ...(bins && { bins }) },
      metadata: { engine: { name, device }, durations },
    };
    const writing = this.#codec.write(responseCodec, evaluated, deadline.cancellation);
    const response = writing instanceof Promise ? await deadline.during(writing) : writing;
    const { elements, classes } = batch.counts;
    observe({
      requestType: type,
      requestBytes: body.bytes.length,
      responseBytes: response.bytes.length,
      regionBytes: { read: regionUse?.bytesRead ?? 0, written: regionUse?.bytesWritten ?? 0 },
      elements: elements * (hyperParameters ? evaluationCount(hyperParameters, classes) : 1),
      classes,
      engine: name,
      startMs: start,
      durationsMs: { ...durations, encode: performance.now() - encodeStart },
    });
    return response;
  }
}

/** Registers a route whose requests are checked, once, before their body is read. */
export function registerEvaluation<Request extends DecodedRequest>(
  app: FastifyInstance,
  handler: RequestHandler,
  { path, schema, negotiate }: EvaluationRoute<Request>,
): void {
  const adapters = new WeakMap<FastifyRequest, ProtocolAdapter<Request>>();
  const onRequest: onRequestHookHandler = (request, _reply, done) => {
    handler.checkCapacity();
    adapters.set(request, negotiate(request));
    done();
  };
  app.post(path, { schema, onRequest }, async (request, reply) => {
    const adapter = adapters.get(request)!;
    return adapter.send(reply, await handler.evaluate(request, reply, adapter));
  });
}
