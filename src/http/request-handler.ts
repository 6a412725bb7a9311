import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Plan, ReadRequest, RequestFormat } from '../codecs/codec.ts';
import type { CodecPool } from '../codecs/codec-pool.ts';
import type { EncodedResponse } from '../codecs/response-plan.ts';
import type { Allocator } from '../core/allocator.ts';
import type { BufferLease } from '../core/buffer-lease.ts';
import { BufferPool } from '../core/buffer-pool.ts';
import { shuttingDown } from '../core/common-errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { EvaluatedBatch } from '../telemetry/request-outcome.ts';
import { Deadline } from './deadline.ts';
import type { Lifecycle } from './lifecycle.ts';
import { onceClosed } from './once-closed.ts';
import { readBody } from './request-body.ts';

/** How a protocol carries requests and responses. */
export interface ProtocolAdapter {
  /** The media type of the body. */
  readonly type: string;
  /** The most bytes that the body may have. */
  readonly limit: number;
  /** Where in the body its numbers begin, if that is known beforehand. */
  readonly alignAt?: number;
  readonly format: RequestFormat;
  /** @throws {ServiceError} */
  plan(request: ReadRequest, allocator: Allocator): Plan;
}

interface RequestHandlerParts {
  readonly engine: Engine;
  readonly codec: CodecPool;
  readonly lifecycle: Lifecycle;
}

export interface RequestHandlerSettings {
  readonly requestTimeoutMs: number;
  readonly memoryBudgetBytes: number;
}

/** Takes a request from its body to its response, whatever the protocol. */
export class RequestHandler {
  readonly #engine: Engine;
  readonly #codec: CodecPool;
  readonly #lifecycle: Lifecycle;
  readonly #timeoutMs: number;
  readonly #buffers: BufferPool;

  constructor({ engine, codec, lifecycle }: RequestHandlerParts, settings: RequestHandlerSettings) {
    const { requestTimeoutMs, memoryBudgetBytes } = settings;
    this.#engine = engine;
    this.#codec = codec;
    this.#lifecycle = lifecycle;
    this.#timeoutMs = requestTimeoutMs;
    this.#buffers = new BufferPool({ bytes: memoryBudgetBytes, retryAfterSeconds: () => engine.retryAfterSeconds });
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
  evaluate(request: FastifyRequest, reply: FastifyReply, adapter: ProtocolAdapter): Promise<EncodedResponse> {
    const lease = this.#buffers.lease();
    onceClosed(reply.raw, () => lease.release());
    return lease.holdUntil(this.#evaluate(request, reply, adapter, lease));
  }

  async #evaluate(
    request: FastifyRequest,
    reply: FastifyReply,
    adapter: ProtocolAdapter,
    lease: BufferLease,
  ): Promise<EncodedResponse> {
    const body = await readBody(request.raw, lease, adapter);
    this.#engine.checkCapacity(); // Others may have filled the queue while the body arrived: decoding it would be for nothing.
    const deadline = new Deadline(this.#timeoutMs, reply.raw);
    // A batch that times out is reported at once. Threads notice it later, and the buffers stay theirs until then.
    const response = this.#respond(body, adapter, lease, deadline, (evaluated) => {
      request.evaluated = evaluated;
    });
    return deadline.race(lease.holdUntil(response));
  }

  async #respond(
    body: Uint8Array,
    adapter: ProtocolAdapter,
    lease: BufferLease,
    deadline: Deadline,
    observe: (evaluated: EvaluatedBatch) => void,
  ): Promise<EncodedResponse> {
    const start = performance.now();
    const request = await this.#codec.read(adapter.format, body, lease);
    deadline.check();
    if (request.reply?.timeoutMs !== undefined) deadline.bringForward(request.reply.timeoutMs);
    const plan = adapter.plan(request, lease);
    const decode = performance.now() - start;

    const { sums, bins, queueMs, computeMs } = await this.#engine.evaluate(request.batch, {
      cancellation: deadline.cancellation,
      lease,
      arrays: plan.arrays,
      ...(plan.settings && { settings: plan.settings }),
    });
    const { name, device } = this.#engine.info!;
    const durations = { queue: queueMs, decode, compute: computeMs };
    const encodeStart = performance.now();
    const totals = { sums, ...(bins && { bins }) };
    const response = await this.#codec.write(plan, totals, { engine: { name, device }, durations }, lease);
    const { elements, classes } = request.batch.counts;
    observe({
      requestType: adapter.type,
      requestBytes: body.length,
      responseBytes: response.bytes.length,
      elements: elements * (plan.settings?.length ?? 1),
      classes,
      engine: name,
      startMs: start,
      durationsMs: { ...durations, encode: performance.now() - encodeStart },
    });
    return response;
  }
}

/** Sends bytes that may lie in shared memory, which Fastify does not know for bytes and would write as an object. */
export function sendBytes(reply: FastifyReply, type: string, bytes: Uint8Array): FastifyReply {
  return reply
    .type(type)
    .serializer(asItIs)
    .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

const asItIs = (bytes: Buffer) => bytes as never;
