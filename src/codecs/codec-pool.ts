import { extname } from 'node:path';
import { Piscina } from 'piscina';
import type { BufferLease } from '../core/buffer-lease.ts';
import { threadLost } from '../core/common-errors.ts';
import { ServiceError } from '../core/service-error.ts';
import type { Totals } from '../loss/evaluation.ts';
import { type Plan, type ReadRequest, type RequestFormat, readAs, writeAs } from './codec.ts';
import type { FailedRead, ReadTask, WriteTask } from './codec-worker.ts';
import type { EncodedResponse, ResponseFacts } from './response-plan.ts';

// Beside this file, with this file's extension: .ts when the sources are run as they stand, .js once built.
const WORKER = new URL(`./codec-worker${extname(import.meta.url)}`, import.meta.url).href;

/** What is read or written in less than a millisecond is so where it is: the way to a thread and back takes 0.2. */
const MIN_TEXT_BYTES = 65_536;
const MIN_BINARY_BYTES = 4 * 2 ** 20;
const MIN_WRITTEN_NUMBERS = 8192;

/** Reads requests and writes answers, large ones in threads, so that the caller's thread stays free for others. */
export class CodecPool {
  readonly #pool: Piscina<unknown, unknown>;
  /** Accepted and not done. */
  readonly #work = new Set<Promise<unknown>>();
  #started = 0;

  /** @param worker what the threads run; another than the usual one is for tests of what happens when one ends */
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

  /** Threads that took the place of one that ended. */
  get restarts(): number {
    return Math.max(0, this.#started - this.#pool.minThreads);
  }

  /**
   * @param lease where the batch's tensors go that are not views of the body
   * @throws {ServiceError} `malformed_body`, or `invalid_request` with everything that was found wrong
   */
  async read(request: RequestFormat, body: Uint8Array, lease: BufferLease): Promise<ReadRequest> {
    const textBytes = request.format === 'safetensors' ? 0 : 'jsonBytes' in request ? request.jsonBytes : body.length;
    if ((textBytes ?? body.length) < MIN_TEXT_BYTES && body.length < MIN_BINARY_BYTES) {
      return readAs(request, body, lease);
    }
    const task: ReadTask = { request, body, arena: lease.bytes(body.length) };
    const result = (await this.#run('read', task, lease)) as ReadRequest | FailedRead;
    if (!('failed' in result)) return result;
    const { code, message, issues, more } = result.failed;
    throw new ServiceError(code, message, { issues, more });
  }

  async write(plan: Plan, totals: Totals, facts: ResponseFacts, lease: BufferLease): Promise<EncodedResponse> {
    if (plan.writtenNumbers < MIN_WRITTEN_NUMBERS) return writeAs(plan, totals, facts);
    const task: WriteTask = { plan, totals, facts };
    return (await this.#run('write', task, lease)) as EncodedResponse;
  }

  /** Finishes what it has, then ends the threads. */
  async close(): Promise<void> {
    // The pool's own way of waiting never ends where a thread does.
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
