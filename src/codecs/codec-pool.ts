import { extname } from 'node:path';
import { type Allocator, ArenaAllocator } from '../core/allocator.ts';
import { Cancellation } from '../core/cancellation.ts';
import { deadlineExceeded } from '../core/common-errors.ts';
import { AllocatorRegistry } from '../core/remote-allocator.ts';
import { type RunOptions, WorkerPool } from '../core/worker-pool.ts';
import type { Codec, DecodedRequest, EncodedResponse, EvaluatedRequest, ReceivedBody } from './codec.ts';
import type * as CodecWorker from './codec-worker.ts';
import { MAX_INFLATION } from './content-encoding.ts';

// Beside this file, with this file's extension: .ts when the sources run as they are, .js once built.
const WORKER = new URL(`./codec-worker${extname(import.meta.url)}`, import.meta.url).href;

// From these sizes on, reading or writing may take a millisecond or more, as for a batch of one sample that is all classes.
// It moves to a thread then; going there and back takes 0.2 ms of the caller's time, and 0.5 ms in all.
const MIN_JSON_BYTES = 16_384;
const MIN_BODY_BYTES = 65_536;
const MIN_CHECKED_BYTES = 2 ** 18;
const MIN_NUMBERS = 8192;
const MIN_CLASSES = 8192;

// By which the threads tell short tasks from long ones; most are faster.
const BYTES_PER_MS = 50_000;
const SWEEP_MS = 25;

/** Tasks that may take longer are long. */
const LONG_MS = 100;
/** JSON that is read as numbers takes the longest; of a sweep, each class with each pair of gamma and alpha (src/http/cost-model.ts). */
const MAX_MS_PER_BYTE = 2e-4;
const MAX_SWEEP_MS_PER_BYTE = 0.26;

/** How many times as long a body in gzip usually is when decompressed. */
const USUAL_COMPRESSION = 4;

/** The memory that a thread gets with its task. More than that it has to ask for, and wait 0.1 ms. */
const MAX_ARENA_BYTES = 4 * 2 ** 20;

/** The largest bodies take a few seconds, so a task that takes longer hangs. */
const HANG_TIMEOUT_MS = 10_000;

/**
 * Reads requests and writes responses, large ones in threads, so that the caller's thread stays free for others.
 *
 * A task is not interrupted. So that short ones need not wait for long ones, they have a thread of their own where the others
 * are busy. No long task ever runs there, and its memory stays small.
 */
export class CodecPool {
  readonly #pool: WorkerPool<typeof CodecWorker>;
  readonly #shortPool: WorkerPool<typeof CodecWorker>;
  readonly #allocators = new AllocatorRegistry();

  /**
   * @param threads beside the one for short tasks
   * @param worker what the threads run; tests pass one that fails
   */
  constructor(threads: number, worker = WORKER) {
    this.#pool = new WorkerPool({ threads, worker });
    this.#shortPool = new WorkerPool({ threads: 1, worker });
    for (const pool of this.#pools) pool.onMessage((message) => this.#allocators.handle(message));
  }

  get #pools() {
    return [this.#pool, this.#shortPool];
  }

  /** How many threads have replaced one that ended. */
  get restarts(): number {
    return this.#pools.reduce((restarts, pool) => restarts + pool.restarts, 0);
  }

  /**
   * @param allocator for the tensors of the batch that are not views of the body; its memory must last until this settles
   * @param cancellation ends the wait for a thread, with `deadline_exceeded`
   * @throws {ServiceError} `malformed_body`, or `invalid_request` with all issues
   */
  async read<Request extends DecodedRequest>(
    codec: Codec<Request>,
    body: ReceivedBody,
    allocator: Allocator,
    cancellation = new Cancellation(),
  ): Promise<Request> {
    const { bytes, encoding, jsonBytes = bytes.length, regions } = body;
    const regionBytes = regionBytesToCheck(codec, body);
    if (!encoding && (regionBytes ?? 0) < MIN_CHECKED_BYTES && isSoonRead(codec, bytes, jsonBytes)) {
      // What is read from JSON usually fits into one piece of memory of its length.
      const arena = allocator.bytes(jsonBytes);
      return codec.read({ bytes, jsonBytes, regions }, new ArenaAllocator(arena, allocator));
    }
    const plainBytes = bytes.length + (regionBytes ?? 0);
    const arena = allocator.bytes(encoding ? MIN_BODY_BYTES : Math.min(plainBytes, MAX_ARENA_BYTES));
    const regionMs = (regionBytes ?? 0) / BYTES_PER_MS;
    const estimateMs = estimate(codec, bytes) * (encoding ? USUAL_COMPRESSION : 1) + regionMs;
    const maxMsPerByte = codec.isSweep ? MAX_SWEEP_MS_PER_BYTE : MAX_MS_PER_BYTE;
    const maxRegionMs = regionBytes === undefined ? Number.POSITIVE_INFINITY : regionMs;
    const maxMs = maxMsPerByte * bytes.length * (encoding ? MAX_INFLATION[encoding] : 1) + maxRegionMs;
    const options = taskOptions(estimateMs, cancellation);
    return this.#allocators.share(allocator, (id) =>
      this.#poolFor(maxMs).run('read', { codec: codec.name, body, arena, allocator: id }, options),
    ) as Promise<Request>;
  }

  async write<Request extends DecodedRequest>(
    codec: Codec<Request>,
    evaluated: EvaluatedRequest<Request>,
    cancellation = new Cancellation(),
  ): Promise<EncodedResponse> {
    const { layout } = evaluated.request.batch;
    const isShort = evaluated.plan.numbersToEncode < MIN_NUMBERS && layout.classes < MIN_CLASSES;
    if (isShort) return codec.writeResponse(evaluated);
    const task = { codec: codec.name, evaluated };
    const estimateMs = estimate(codec, evaluated.plan.buffer);
    return this.#poolFor(estimateMs).run('write', task, taskOptions(estimateMs, cancellation));
  }

  /** Finishes what was accepted, then ends the threads. */
  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.close(HANG_TIMEOUT_MS)));
  }

  #poolFor(maxMs: number): WorkerPool<typeof CodecWorker> {
    return maxMs > LONG_MS || this.#pool.hasFreeThread ? this.#pool : this.#shortPool;
  }
}

/** Large bodies, too, are read in less time than it takes to go to a thread if they are logits, which are only viewed. */
function isSoonRead<Request extends DecodedRequest>(
  codec: Codec<Request>,
  bytes: Uint8Array,
  jsonBytes: number,
): boolean {
  if (codec.isSweep || jsonBytes >= MIN_JSON_BYTES) return false;
  return bytes.length < MIN_BODY_BYTES || (codec.bytesToCheck?.(bytes) ?? bytes.length) < MIN_CHECKED_BYTES;
}

/**
 * How many bytes of regions of shared memory a request has copied and checked.
 *
 * @returns undefined if that can't be told in no time: the JSON is long or compressed
 */
function regionBytesToCheck<Request extends DecodedRequest>(
  codec: Codec<Request>,
  { bytes, encoding, jsonBytes = bytes.length, regions }: ReceivedBody,
): number | undefined {
  if (!regions?.size || !codec.regionBytesToCheck) return 0;
  if (encoding || jsonBytes >= MIN_JSON_BYTES) return undefined;
  return codec.regionBytesToCheck(bytes.subarray(0, jsonBytes));
}

/** A task that was cancelled in the queue is the next, and ends at once, so that its memory is free. */
function taskOptions(estimateMs: number, cancellation: Cancellation): RunOptions {
  const account = { usedMs: 0 };
  cancellation.once('abort', () => {
    account.usedMs = Number.NEGATIVE_INFINITY;
  });
  const onTurn = () => {
    if (cancellation.aborted) throw deadlineExceeded();
  };
  return { account, estimateMs, onTurn };
}

function estimate<Request extends DecodedRequest>({ isSweep }: Codec<Request>, { length }: Uint8Array): number {
  return length / BYTES_PER_MS + (isSweep ? SWEEP_MS : 0);
}
