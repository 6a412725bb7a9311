import { MessageChannel, type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { Allocator } from './allocator.ts';
import { toWorkerError, unwrapResult, type WorkerResult } from './worker-result.ts';

// Lets a worker thread allocate from the lease of its task, which belongs to the main thread: the worker sends a message and
// waits for the reply, about 0.1 ms. So all memory of a request is counted, in whatever thread it is needed.

type Method = 'bytes' | 'resize' | 'free' | 'charge';

/** What a worker asks the main thread for. */
interface AllocationRequest<Name extends Method = Method> {
  readonly allocator: number;
  readonly method: Name;
  readonly args: Parameters<Allocator[Name]>;
  /** Where the reply goes. */
  readonly reply: MessagePort;
  /** Its number becomes 1 when the reply is there. */
  readonly replied: Int32Array;
}

/** The allocators that tasks in worker threads use, in the main thread. */
export class AllocatorRegistry {
  readonly #allocators = new Map<number, Allocator>();
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
    const { allocator: id, method, args, reply, replied } = message as AllocationRequest;
    if (reply === undefined) return;
    const allocator = this.#allocators.get(id)!; // Tasks that wait for memory have not ended.
    const call = allocator[method] as (...args: unknown[]) => unknown;
    reply.postMessage(resultOf(() => call.apply(allocator, args)));
    Atomics.store(replied, 0, 1);
    Atomics.notify(replied, 0);
  }
}

function resultOf<Value>(run: () => Value): WorkerResult<Value> {
  try {
    return { value: run() };
  } catch (error) {
    return toWorkerError(error);
  }
}

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
    const { port1, port2 } = new MessageChannel();
    const replied = new Int32Array(new SharedArrayBuffer(4));
    const request: AllocationRequest<Name> = { allocator: this.#id, method, args, reply: port2, replied };
    parentPort!.postMessage(request, [port2]);
    Atomics.wait(replied, 0, 0);
    const result = receiveMessageOnPort(port1)!.message as WorkerResult<unknown>;
    port1.close();
    return unwrapResult(result);
  }
}
