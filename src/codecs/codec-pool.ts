import { extname } from 'node:path';
import type { BufferLease } from '../core/buffer-lease.ts';
import { WorkerPool } from '../core/worker-pool.ts';
import type { Totals } from '../loss/evaluation.ts';
import { type Plan, type ReadRequest, type RequestFormat, readAs, writeAs } from './codec.ts';
import type * as CodecWorker from './codec-worker.ts';
import type { EncodedResponse, ResponseFacts } from './response-plan.ts';

// Beside this file, with this file's extension: .ts when the sources run as they are, .js once built.
const WORKER = new URL(`./codec-worker${extname(import.meta.url)}`, import.meta.url).href;

/** Anything smaller takes less than a millisecond and stays in the calling thread: a round trip to a worker takes 0.2 ms. */
const MIN_TEXT_BYTES = 65_536;
const MIN_BINARY_BYTES = 4 * 2 ** 20;
const MIN_WRITTEN_NUMBERS = 8192;

/** The largest bodies take a few seconds, so a task that takes longer hangs. */
const HANG_TIMEOUT_MS = 10_000;

/** Reads requests and writes responses; large ones in worker threads, so that the calling thread stays free. */
export class CodecPool {
  readonly #pool: WorkerPool<typeof CodecWorker>;

  /** @param worker URL of the worker module; tests replace it by one that fails */
  constructor(threads: number, worker = WORKER) {
    this.#pool = new WorkerPool({ threads, worker });
  }

  /** How many threads have replaced others. */
  get restarts(): number {
    return this.#pool.restarts;
  }

  /**
   * @param lease allocates the tensors of the batch that are not views of the body
   * @throws {ServiceError} `malformed_body`, or `invalid_request` with all issues
   */
  async read(request: RequestFormat, body: Uint8Array, lease: BufferLease): Promise<ReadRequest> {
    const textBytes = request.format === 'safetensors' ? 0 : 'jsonBytes' in request ? request.jsonBytes : body.length;
    if ((textBytes ?? body.length) < MIN_TEXT_BYTES && body.length < MIN_BINARY_BYTES) {
      return readAs(request, body, lease);
    }
    return lease.holdUntil(this.#pool.run('read', { request, body, arena: lease.bytes(body.length) }));
  }

  async write(plan: Plan, totals: Totals, facts: ResponseFacts, lease: BufferLease): Promise<EncodedResponse> {
    if (plan.writtenNumbers < MIN_WRITTEN_NUMBERS) return writeAs(plan, totals, facts);
    return lease.holdUntil(this.#pool.run('write', { plan, totals, facts }));
  }

  /** Finishes what was accepted, then ends the threads. */
  close(): Promise<void> {
    return this.#pool.close(HANG_TIMEOUT_MS);
  }
}
