import { extname } from 'node:path';
import { type Allocator, ArenaAllocator } from '../core/allocator.ts';
import { Cancellation } from '../core/cancellation.ts';
import { deadlineExceeded } from '../core/common-errors.ts';
import { AllocatorRegistry } from '../core/remote-allocator.ts';
import { type RunOptions, WorkerPool } from '../core/worker-pool.ts';
import type { Codec, DecodedRequest, EncodedResponse, EvaluatedRequest, NamedRegions, ReceivedBody } from './codec.ts';
import type * as CodecWorker from './codec-worker.ts';
import { type ContentEncoding, MAX_INFLATION } from './content-encoding.ts';
import { inflatedBytes } from './inflated-bytes.ts';
import { freeRest } from './json/divided-numbers.ts';
import { divideBody, readNumbers } from './read-numbers.ts';
import { isSoonRead, isSoonWritten, MIN_BODY_BYTES, namedRegions } from './soon-done.ts';
import { divideTexts, writeTexts } from './write-texts.ts';

// Beside this file, with this file's extension: .ts when the sources run as they are, .js once built.
const WORKER = new URL(`./codec-worker${extname(import.meta.url)}`, import.meta.url).href;

// By which the threads tell short tasks from long ones; most are faster.
const BYTES_PER_MS = 50_000;
const SWEEP_MS = 25;

/** Tasks that may take longer are long. */
const LONG_MS = 100;
/**
 * JSON that is read as numbers takes the longest; of a sweep, each class with each pair of gamma and alpha
 * (scripts/reference/request-costs.ts).
 */
const MAX_MS_PER_BYTE = 2e-4;
const MAX_SWEEP_MS_PER_BYTE = 0.26;

/** How many times as long a body in gzip usually is when decompressed. */
const USUAL_COMPRESSION = 4;

/** The memory that a thread gets with its task. More than that it has to ask for, and wait 0.1 ms. */
const MAX_ARENA_BYTES = 4 * 2 ** 20;

/** What is left of a text without its predictions is mostly labels: for a digit and a comma, 8 bytes as read and 4 as stored. */
const REST_FACTOR = 6;

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

  /** Whether a task would be run at once. */
  get hasFreeThread(): boolean {
    return this.#pool.hasFreeThread;
  }

  /**
   * Reads what is soon read at once, and the rest in a thread.
   *
   * @param allocator for the tensors of the batch that are not views of the body; its memory must last until this settles
   * @param cancellation ends the wait for a thread, with `deadline_exceeded`
   * @throws {ServiceError} `malformed_body`, or `invalid_request` with all issues
   */
  read<Request extends DecodedRequest>(
    codec: Codec<Request>,
    body: ReceivedBody,
    allocator: Allocator,
    cancellation = new Cancellation(),
  ): Request | Promise<Request> {
    const { bytes, jsonBytes = bytes.length, regions } = body;
    const named = namedRegions(codec, body);
    if (isSoonRead(codec, body, named.bytesToCheck)) {
      // What is read from JSON usually fits into one piece of memory of its length.
      const arena = allocator.bytes(jsonBytes);
      return codec.read({ bytes, jsonBytes, regions }, new ArenaAllocator(arena, allocator));
    }
    return this.#readInThreads(codec, withRegions(body, named), named.bytesToCheck, allocator, cancellation);
  }

  /** Writes what is short at once, and the rest in a thread. */
  write<Request extends DecodedRequest>(
    codec: Codec<Request>,
    evaluated: EvaluatedRequest<Request>,
    cancellation = new Cancellation(),
  ): EncodedResponse | Promise<EncodedResponse> {
    return isSoonWritten(evaluated)
      ? codec.writeResponse(evaluated)
      : this.#writeInThreads(codec, evaluated, cancellation);
  }

  /** Finishes what was accepted, then ends the threads. */
  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.close(HANG_TIMEOUT_MS)));
  }

  async #readInThreads<Request extends DecodedRequest>(
    codec: Codec<Request>,
    body: ReceivedBody,
    regionBytes: number | undefined,
    allocator: Allocator,
    cancellation: Cancellation,
  ): Promise<Request> {
    const { bytes, encoding } = body;
    const regionMs = (regionBytes ?? 0) / BYTES_PER_MS;
    const length = inflatedBytes(codec, body);
    const estimateMs = estimate(codec, length) * (encoding ? USUAL_COMPRESSION : 1) + regionMs;
    const maxMsPerByte = codec.isSweep ? MAX_SWEEP_MS_PER_BYTE : MAX_MS_PER_BYTE;
    const maxRegionMs = regionBytes === undefined ? Number.POSITIVE_INFINITY : regionMs;
    const maxMs = maxMsPerByte * length * (encoding ? maxInflation(codec, encoding) : 1) + maxRegionMs;
    const options = taskOptions(estimateMs, cancellation);
    const pool = this.#poolFor(maxMs);
    // What is not divided takes its thread at once: the next task has to know that it is busy.
    const divided = encoding ? [] : divideBody(bytes, codec.numberFields, allocator, pool.threads);
    const numbers = divided.length === 0 ? [] : await readNumbers(divided, allocator, pool, options);
    const rest = numbers.reduce((total, { start, end }) => total - (end - start), bytes.length);
    const plainBytes = rest * (numbers.length > 0 ? REST_FACTOR : 1) + (regionBytes ?? 0);
    const arena = allocator.bytes(encoding ? MIN_BODY_BYTES : Math.min(plainBytes, MAX_ARENA_BYTES));
    const request = await this.#allocators.share(allocator, (id) =>
      pool.run('read', { codec: codec.name, body, arena, allocator: id, numbers }, options),
    );
    for (const joined of numbers) freeRest(joined, allocator);
    return request as Request;
  }

  async #writeInThreads<Request extends DecodedRequest>(
    codec: Codec<Request>,
    evaluated: EvaluatedRequest<Request>,
    cancellation: Cancellation,
  ): Promise<EncodedResponse> {
    const { plan } = evaluated;
    const estimateMs = estimate(codec, plan.buffer.length);
    const pool = this.#poolFor(estimateMs);
    const options = taskOptions(estimateMs, cancellation);
    const divided = divideTexts(plan, pool.threads);
    if (divided.length === 0) return pool.run('write', { codec: codec.name, evaluated }, options);
    const withTexts = await writeTexts(evaluated, divided, pool, options);
    if (isSoonWritten(withTexts)) return codec.writeResponse(withTexts);
    return pool.run('write', { codec: codec.name, evaluated: withTexts }, options);
  }

  #poolFor(maxMs: number): WorkerPool<typeof CodecWorker> {
    return maxMs > LONG_MS || this.#pool.hasFreeThread ? this.#pool : this.#shortPool;
  }
}

/** The body with only those regions that it names: they are copied to the thread, and there may be hundreds. */
function withRegions(body: ReceivedBody, { names }: NamedRegions): ReceivedBody {
  const { regions } = body;
  if (!regions || !names) return body;
  const named = names.flatMap((name) => regions.get(name) ?? []);
  return { ...body, regions: new Map(named.map((region) => [region.name, region])) };
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

/** How many bytes a byte of a compressed body becomes at most, in which there may be parts that are compressed, too. */
function maxInflation<Request extends DecodedRequest>(codec: Codec<Request>, encoding: ContentEncoding): number {
  return MAX_INFLATION[encoding] * (codec.inflatedBytes ? MAX_INFLATION.deflate : 1);
}

function estimate<Request extends DecodedRequest>({ isSweep }: Codec<Request>, length: number): number {
  return length / BYTES_PER_MS + (isSweep ? SWEEP_MS : 0);
}
