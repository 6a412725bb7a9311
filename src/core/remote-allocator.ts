import { MessageChannel, type MessagePort, parentPort, receiveMessageOnPort, threadId } from 'node:worker_threads';
import { Allocator } from './allocator.ts';
import { toWorkerError, unwrapResult, type WorkerResult } from './worker-result.ts';

// Lets a worker thread allocate from the lease of its task, which belongs to the main thread: the worker sends a message and
// waits for the reply, about 0.1 ms. So all memory of a request is counted, in whatever thread it is needed.

type Method = 'bytes' | 'resize' | 'free' | 'charge';

/** What a worker asks the main thread for. */
interface AllocationRequest<Name extends Method = Method> {
  readonly thread: number;
  /** How the thread can be reached; it says so with its first request. */
  readonly connection?: Connection;
  readonly allocator: number;
  readonly method: Name;
  readonly args: Parameters<Allocator[Name]>;
}

interface Connection {
  /** Where replies go. */
  readonly reply: MessagePort;
  /** Its number becomes 1 when a reply is there. */
  readonly replied: Int32Array;
}

/** The allocators that tasks in worker threads use, in the main thread. */
export class AllocatorRegistry {
  readonly #allocators = new Map<number, Allocator>();
  readonly #threads = new Map<number, Connection>();
  #next = 0;

  /** Runs a task whose thread may allocate here, by a `RemoteAllocator` of the given id. */
  async share<Result>(allocator: Allocator, run: (id: number) => Promise<Result>): Promise<Result> {
    const id = this.#next++;
    this.#allocators.set(id, allocator);
    try {
      return await run(id);
    } finally {
      this.#allocators.delete(id);
    }
  }

  /** Replies to a message of a worker, if it is a request for memory. */
  handle(message: unknown): void {
    const { thread, connection, allocator: id, method, args } = message as AllocationRequest;
    if (method === undefined) return;
    if (connection) this.#connect(thread, connection);
    const allocator = this.#allocators.get(id)!; // Tasks that wait for memory have not ended.
    const call = allocator[method] as (...args: unknown[]) => unknown;
    const { reply, replied } = this.#threads.get(thread)!;
    reply.postMessage(resultOf(() => call.apply(allocator, args)));
    Atomics.store(replied, 0, 1);
    Atomics.notify(replied, 0);
  }

  #connect(thread: number, connection: Connection): void {
    this.#threads.set(thread, connection);
    connection.reply.once('close', () => this.#threads.delete(thread));
  }
}

function resultOf<Value>(run: () => Value): WorkerResult<Value> {
  try {
    return { value: run() };
  } catch (error) {
    return toWorkerError(error);
  }
}

/**
 * This thread's end of its connection. There is one for all requests: a channel takes 10 KB of memory until garbage is
 * collected, which happens seldom.
 */
let connected: { port: MessagePort; replied: Int32Array } | undefined;

/** Allocates, in a worker thread, from an allocator that the main thread shares. It throws what that allocator throws. */
export class RemoteAllocator extends Allocator {
  readonly #id: number;

  constructor(id: number) {
    super();
    this.#id = id;
  }

  bytes(length: number): Uint8Array {
    return this.#call('bytes', length) as Uint8Array;
  }

  override resize(bytes: Uint8Array, length: number): Uint8Array | undefined {
    return this.#call('resize', bytes, length) as Uint8Array | undefined;
  }

  override free(bytes: Uint8Array): void {
    this.#call('free', bytes);
  }

  charge(bytes: number): void {
    this.#call('charge', bytes);
  }

  #call<Name extends Method>(method: Name, ...args: Parameters<Allocator[Name]>): unknown {
    const request: AllocationRequest<Name> = { thread: threadId, allocator: this.#id, method, args };
    if (connected) {
      Atomics.store(connected.replied, 0, 0);
      parentPort!.postMessage(request);
    } else {
      const { port1: port, port2: reply } = new MessageChannel();
      connected = { port, replied: new Int32Array(new SharedArrayBuffer(4)) };
      parentPort!.postMessage({ ...request, connection: { reply, replied: connected.replied } }, [reply]);
    }
    // The main thread may still wake this one for the reply before.
    while (Atomics.load(connected.replied, 0) === 0) Atomics.wait(connected.replied, 0, 0);
    const result = receiveMessageOnPort(connected.port)!.message as WorkerResult<unknown>;
    return unwrapResult(result);
  }
}
