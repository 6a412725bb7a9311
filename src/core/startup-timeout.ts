import type { Piscina } from 'piscina';

/** @throws {Error} if a thread of the pool fails before the result is there, or it takes too long */
export async function withStartupTimeout<Result>(
  pool: Piscina<unknown, unknown>,
  result: Promise<Result>,
  timeoutMs: number,
): Promise<Result> {
  let stop = () => {};
  const failure = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(startupTimeoutError(timeoutMs)), timeoutMs);
    pool.once('error', reject);
    stop = () => {
      clearTimeout(timer);
      pool.off('error', reject);
    };
  });
  return Promise.race([result, failure]).finally(stop);
}

export function startupTimeoutError(timeoutMs: number): Error {
  return new Error(`it did not start within ${timeoutMs / 1000} s`);
}
