import { extname } from 'node:path';
import { type Allocator, ArenaAllocator } from '../core/allocator.ts';
import { AllocatorRegistry } from '../core/remote-allocator.ts';
import { WorkerPool } from '../core/worker-pool.ts';
import type { Codec, DecodedRequest, EncodedResponse, EvaluatedRequest, RequestBody } from './codec.ts';
import type * as CodecWorker from './codec-worker.ts';

// Beside this file, with this file's extension: .ts when the sources run as they are, .js once built.
const WORKER = new URL(`./codec-worker${extname(import.meta.url)}`, import.meta.url).href;

// From these sizes on, reading or writing takes a millisecond or more and moves to a thread; going there takes 0.2 ms.
const MIN_JSON_BYTES = 65_536;
const MIN_BODY_BYTES = 4 * 2 ** 20;
const MIN_NUMBERS = 8192;

/** The memory that a thread gets with its task. More than that it has to ask for, and wait 0.1 ms. */
const MAX_ARENA_BYTES = 4 * 2 ** 20;

/** The largest bodies take a few seconds, so a task that takes longer hangs. */
const HANG_TIMEOUT_MS = 10_000;

/** Reads requests and writes responses, large ones in threads, so that the caller's thread stays free for others. */
export class CodecPool {
  readonly #pool: WorkerPool<typeof CodecWorker>;
  readonly #allocators = new AllocatorRegistry();

  /** @param worker what the threads run; tests pass one that fails */
  constructor(threads: number, worker = WORKER) {
    this.#pool = new WorkerPool({ threads, worker });
    this.#pool.onMessage((message) => this.#allocators.handle(message));
  }

  /** How many threads have replaced one that ended. */
  get restarts(): number {
    return this.#pool.restarts;
  }

  /**
   * @param allocator for the tensors of the batch that are not views of the body; its memory must last until this settles
   * @throws {ServiceError} `malformed_body`, or `invalid_request` with all issues
   */
  async read<Request extends DecodedRequest>(
    codec: Codec<Request>,
    body: RequestBody,
    allocator: Allocator,
  ): Promise<Request> {
    if (body.jsonBytes < MIN_JSON_BYTES && body.bytes.length < MIN_BODY_BYTES) {
      // What is read from JSON usually fits into one piece of memory of its length.
      const arena = allocator.bytes(body.jsonBytes);
      return codec.read(body, new ArenaAllocator(arena, allocator));
    }
    const arena = allocator.bytes(Math.min(body.bytes.length, MAX_ARENA_BYTES));
    return this.#allocators.share(allocator, (id) =>
      this.#pool.run('read', { codec: codec.name, body, arena, allocator: id }),
    ) as Promise<Request>;
  }

  async write<Request extends DecodedRequest>(
    codec: Codec<Request>,
    evaluated: EvaluatedRequest<Request>,
  ): Promise<EncodedResponse> {
    if (evaluated.plan.numbersToEncode < MIN_NUMBERS) return codec.writeResponse(evaluated);
    return this.#pool.run('write', { codec: codec.name, evaluated });
  }

  /** Finishes what was accepted, then ends the threads. */
  close(): Promise<void> {
    return this.#pool.close(HANG_TIMEOUT_MS);
  }
}
