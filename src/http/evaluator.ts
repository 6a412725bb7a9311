import type { FastifyReply, FastifyRequest } from 'fastify';
import { Cancellation } from '../engine/cancellation.ts';
import type { Engine } from '../engine/engine.ts';
import type { Batch } from '../loss/batch.ts';
import { Failure } from '../loss/failure.ts';
import { type Memory, MemoryPool } from '../loss/memory.ts';
import type { Answer } from '../wire/answer.ts';
import type { Lifecycle } from './lifecycle.ts';
import { Loan } from './loan.ts';
import { readBody } from './request-body.ts';

/** How a protocol reads a batch and writes its answer. */
export interface Exchange {
  /** The most bytes that its body may have. */
  readonly limit: number;
  /** Where in the body its numbers begin, if that is known beforehand. */
  readonly alignAt?: number;
  /** @throws {Failure} */
  read(
    body: Uint8Array,
    memory: Memory,
  ): { readonly batch: Batch; readonly answer: Answer; readonly timeoutMs?: number };
}

export interface EvaluatorSettings {
  readonly requestTimeoutMs: number;
  readonly memoryBudgetBytes: number;
}

/** Takes a request from its body to its answer, whatever the protocol. */
export class Evaluator {
  readonly #engine: Engine;
  readonly #lifecycle: Lifecycle;
  readonly #timeoutMs: number;
  readonly #pool: MemoryPool;

  constructor(engine: Engine, lifecycle: Lifecycle, { requestTimeoutMs, memoryBudgetBytes }: EvaluatorSettings) {
    this.#engine = engine;
    this.#lifecycle = lifecycle;
    this.#timeoutMs = requestTimeoutMs;
    this.#pool = new MemoryPool({ bytes: memoryBudgetBytes, retryAfterSeconds: () => engine.retryAfterSeconds });
  }

  /** @throws {Failure} `draining`, `not_ready` or `queue_full`, so that a body need not be sent in vain */
  admit(): void {
    if (this.#lifecycle.closing) {
      throw new Failure('draining', 'The service is shutting down', { retryAfterSeconds: 1 });
    }
    if (!this.#engine.info) throw new Failure('not_ready', 'The engine is warming up', { retryAfterSeconds: 1 });
    if (this.#engine.full) {
      const { retryAfterSeconds } = this.#engine;
      throw new Failure('queue_full', 'As many batches are waiting as may', { retryAfterSeconds });
    }
  }

  /** @returns the answer's bytes, which lie in lent memory until the response is out */
  evaluate(request: FastifyRequest, reply: FastifyReply, exchange: Exchange): Promise<Buffer> {
    const loan = new Loan(this.#pool, reply.raw);
    return loan.during(async () => {
      const body = await readBody(request.raw, loan.memory, exchange);
      const start = performance.now();
      const { batch, answer, timeoutMs = this.#timeoutMs } = exchange.read(body, loan.memory);
      const decode = performance.now() - start;

      const cancellation = new Cancellation();
      const cancel = () => cancellation.abort();
      const timer = setTimeout(cancel, Math.min(timeoutMs, this.#timeoutMs));
      reply.raw.once('close', cancel); // Nobody is there to hear the answer.
      try {
        const { sums, queueMs, computeMs } = await this.#engine.evaluate(batch, {
          cancellation,
          memory: loan.memory,
          arrays: answer.arrays,
        });
        const { name, device } = this.#engine.info!;
        const durations = { queue: queueMs, decode, compute: computeMs };
        return answer.write(sums, { engine: { name, device }, durations });
      } finally {
        clearTimeout(timer);
        reply.raw.off('close', cancel);
      }
    });
  }
}

/** Sends bytes that may lie in shared memory, which Fastify does not know for bytes and would write as an object. */
export function sendBytes(reply: FastifyReply, type: string, bytes: Buffer): FastifyReply {
  return reply.type(type).serializer(asItIs).send(bytes);
}

const asItIs = (bytes: Buffer) => bytes as never;
