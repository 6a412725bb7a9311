import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Plan, ReadRequest, RequestFormat } from '../codecs/codec.ts';
import type { CodecThreads } from '../codecs/codec-pool.ts';
import type { WrittenAnswer } from '../codecs/response-plan.ts';
import { type Memory, MemoryPool } from '../core/buffer-pool.ts';
import { Failure } from '../core/service-error.ts';
import type { Engine } from '../engine/engine.ts';
import type { EvaluatedBatch } from '../telemetry/observation.ts';
import { Deadline } from './deadline.ts';
import type { Lifecycle } from './lifecycle.ts';
import { Loan } from './loan.ts';
import { readBody } from './request-body.ts';

/** How a protocol's requests come, and its answers go. */
export interface Exchange {
  /** The media type of the body. */
  readonly type: string;
  /** The most bytes that the body may have. */
  readonly limit: number;
  /** Where in the body its numbers begin, if that is known beforehand. */
  readonly alignAt?: number;
  readonly format: RequestFormat;
  /** @throws {Failure} */
  plan(request: ReadRequest, memory: Memory): Plan;
}

interface EvaluatorParts {
  readonly engine: Engine;
  readonly codec: CodecThreads;
  readonly lifecycle: Lifecycle;
}

export interface EvaluatorSettings {
  readonly requestTimeoutMs: number;
  readonly memoryBudgetBytes: number;
}

/** Takes a request from its body to its answer, whatever the protocol. */
export class Evaluator {
  readonly #engine: Engine;
  readonly #codec: CodecThreads;
  readonly #lifecycle: Lifecycle;
  readonly #timeoutMs: number;
  readonly #pool: MemoryPool;

  constructor({ engine, codec, lifecycle }: EvaluatorParts, settings: EvaluatorSettings) {
    const { requestTimeoutMs, memoryBudgetBytes } = settings;
    this.#engine = engine;
    this.#codec = codec;
    this.#lifecycle = lifecycle;
    this.#timeoutMs = requestTimeoutMs;
    this.#pool = new MemoryPool({ bytes: memoryBudgetBytes, retryAfterSeconds: () => engine.retryAfterSeconds });
  }

  /** Bytes lent to requests, and bytes kept to be lent again. */
  get memory(): MemoryPool['usage'] {
    return this.#pool.usage;
  }

  /** @throws {Failure} `draining`, `not_ready` or `queue_full`, so that a body need not be sent in vain */
  admit(): void {
    if (this.#lifecycle.closing) {
      throw new Failure('draining', 'The service is shutting down', { retryAfterSeconds: 1 });
    }
    if (!this.#engine.info) throw new Failure('not_ready', 'The engine is warming up', { retryAfterSeconds: 1 });
    this.#requireRoom();
  }

  /** @throws {Failure} `queue_full` */
  #requireRoom(): void {
    if (!this.#engine.full) return;
    const { retryAfterSeconds } = this.#engine;
    throw new Failure('queue_full', 'As many batches are waiting as may', { retryAfterSeconds });
  }

  /** @returns the answer, which lies in lent memory until the response is out */
  async evaluate(request: FastifyRequest, reply: FastifyReply, exchange: Exchange): Promise<WrittenAnswer> {
    const loan = new Loan(this.#pool, reply.raw);
    const body = await loan.during(readBody(request.raw, loan.memory, exchange));
    this.#requireRoom(); // Others may have taken it while the body came: then it need not be decoded in vain.
    const deadline = new Deadline(this.#timeoutMs, reply.raw);
    // Who gives up does not wait until the threads have noticed; the memory does.
    const answer = this.#answer(body, exchange, loan.memory, deadline, (evaluated) => {
      request.evaluated = evaluated;
    });
    return deadline.race(loan.during(answer));
  }

  async #answer(
    body: Uint8Array,
    exchange: Exchange,
    memory: Memory,
    deadline: Deadline,
    observe: (evaluated: EvaluatedBatch) => void,
  ): Promise<WrittenAnswer> {
    const start = performance.now();
    const request = await this.#codec.read(exchange.format, body, memory);
    deadline.check();
    if (request.reply?.timeoutMs !== undefined) deadline.bringForward(request.reply.timeoutMs);
    const plan = exchange.plan(request, memory);
    const decode = performance.now() - start;

    const { sums, bins, queueMs, computeMs } = await this.#engine.evaluate(request.batch, {
      cancellation: deadline.cancellation,
      memory,
      arrays: plan.arrays,
      ...(plan.settings && { settings: plan.settings }),
    });
    const { name, device } = this.#engine.info!;
    const durations = { queue: queueMs, decode, compute: computeMs };
    const encodeStart = performance.now();
    const answer = await this.#codec.write(
      plan,
      { sums, ...(bins && { bins }) },
      { engine: { name, device }, durations },
      memory,
    );
    const { elements, classes } = request.batch.counts;
    observe({
      requestType: exchange.type,
      requestBytes: body.length,
      responseBytes: answer.bytes.length,
      elements: elements * (plan.settings?.length ?? 1),
      classes,
      engine: name,
      startMs: start,
      durationsMs: { ...durations, encode: performance.now() - encodeStart },
    });
    return answer;
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
