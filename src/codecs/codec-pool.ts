import { extname } from 'node:path';
import { Piscina } from 'piscina';
import type { BufferLease } from '../core/buffer-lease.ts';
import { threadLost } from '../core/common-errors.ts';
import { ServiceError } from '../core/service-error.ts';
import type { Codec, DecodedRequest, EncodedResponse, EvaluatedRequest, RequestBody } from './codec.ts';
import type { FailedRead, ReadTask, WriteTask } from './codec-worker.ts';

// Beside this file, with this file's extension: .ts when the sources are run as they stand, .js once built.
const WORKER = new URL(`./codec-worker${extname(import.meta.url)}`, import.meta.url).href;

// From these sizes on, reading or writing takes a millisecond or more and moves to a thread; going there takes 0.2 ms.
const MIN_JSON_BYTES = 65_536;
const MIN_BODY_BYTES = 4 * 2 ** 20;
const MIN_NUMBERS = 8192;

/** Reads requests and writes responses, large ones in threads, so that the caller's thread stays free for others. */
export class CodecPool {
  readonly #pool: Piscina<unknown, unknown>;
  /** Tasks that are not done. */
  readonly #work = new Set<Promise<unknown>>();
  #started = 0;

  /** @param worker what the threads run; tests pass one that fails */
  constructor(threads: number, worker = WORKER) {
    this.#pool = new Piscina({
      filename: worker,
      minThreads: threads,
      maxThreads: threads,
      stricterFIFO: true,
    });
    this.#pool.on('workerCreate', () => {
      this.#started += 1;
    });
  }

  /** How many threads have replaced one that ended. */
  get restarts(): number {
    return Math.max(0, this.#started - this.#pool.minThreads);
  }

  /**
   * @param lease where the batch's tensors go that are not views of the body
   * @throws {ServiceError} `malformed_body`, or `invalid_request` with everything that was found wrong
   */
  async read<Request extends DecodedRequest>(
    codec: Codec<Request>,
    body: RequestBody,
    lease: BufferLease,
  ): Promise<Request> {
    if (body.jsonBytes < MIN_JSON_BYTES && body.bytes.length < MIN_BODY_BYTES) return codec.read(body, lease);
    const task: ReadTask = { codec: codec.name, body, arena: lease.bytes(body.bytes.length) };
    const result = (await this.#run('read', task, lease)) as Request | FailedRead;
    if (!('failed' in result)) return result;
    const { code, message, issues, more } = result.failed;
    throw new ServiceError(code, message, { issues, more });
  }

  async write<Request extends DecodedRequest>(
    codec: Codec<Request>,
    evaluated: EvaluatedRequest<Request>,
    lease: BufferLease,
  ): Promise<EncodedResponse> {
    if (evaluated.plan.numbersToEncode < MIN_NUMBERS) return codec.writeResponse(evaluated);
    const task: WriteTask = { codec: codec.name, evaluated };
    return (await this.#run('write', task, lease)) as EncodedResponse;
  }

  /** Finishes its tasks, then ends the threads. */
  async close(): Promise<void> {
    // Piscina's own close() would wait forever for a task whose thread ended.
    await Promise.allSettled(this.#work);
    await this.#pool.destroy();
  }

  async #run(name: 'read' | 'write', task: ReadTask | WriteTask, lease: BufferLease): Promise<unknown> {
    const work = this.#pool.run(task, { name }) as Promise<{ readonly bug?: string }>;
    lease.holdUntil(work);
    this.#work.add(work);
    const result = await work
      .finally(() => this.#work.delete(work))
      .catch((cause) => {
        throw threadLost(cause);
      });
    if (result.bug !== undefined) throw new Error(`codec thread: ${result.bug}`);
    return result;
  }
}
