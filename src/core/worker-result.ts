import { move, transferableSymbol, valueSymbol } from 'piscina';
import { type ErrorCode, ServiceError, type ValidationIssue } from './service-error.ts';

// How the result of a task travels from a worker thread to the thread that waits for it. Structured cloning would strip an
// error of its class and of what it knows, so a ServiceError travels as its fields, and a bug as its stack.

export type WorkerResult<Value> =
  | { readonly value: Value }
  | { readonly serviceError: ServiceErrorFields }
  | { readonly bug: string };

interface ServiceErrorFields {
  readonly code: ErrorCode;
  readonly message: string;
  readonly issues: readonly ValidationIssue[];
  readonly more: number;
  readonly retryAfterSeconds: number | undefined;
}

/** A function that a worker module exports for `WorkerPool` to run. */
export type WorkerTask<Input, Value> = (input: Input) => Promise<WorkerResult<Value>>;

/**
 * Makes such a function.
 *
 * @param buffersOf the buffers of a value that move to the other thread instead of being copied
 */
export function workerTask<Input, Value>(
  run: (input: Input) => Value | Promise<Value>,
  buffersOf: (value: Value) => readonly ArrayBufferLike[] = () => [],
): WorkerTask<Input, Value> {
  return async (input) => {
    try {
      const value = await run(input);
      return withTransfers({ value }, buffersOf(value));
    } catch (error) {
      return toWorkerError(error);
    }
  };
}

/** @throws {ServiceError | Error} what the task threw */
export function unwrapResult<Value>(result: WorkerResult<Value>): Value {
  if ('value' in result) return result.value;
  if ('bug' in result) throw new Error(`worker thread: ${result.bug}`);
  const { code, message, issues, more, retryAfterSeconds } = result.serviceError;
  throw new ServiceError(code, message, {
    issues,
    more,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}

export function toWorkerError(error: unknown): WorkerResult<never> {
  if (error instanceof ServiceError) {
    const { code, message, issues, more, retryAfterSeconds } = error;
    return { serviceError: { code, message, issues, more, retryAfterSeconds } };
  }
  return { bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

/** Piscina's types know only transferable values, and not results with a list of what they transfer. */
function withTransfers<Result>(result: Result, buffers: readonly ArrayBufferLike[]): Result {
  if (buffers.length === 0) return result;
  return move({ [transferableSymbol]: buffers, [valueSymbol]: result } as never) as unknown as Result;
}
