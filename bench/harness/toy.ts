/**
 * BENCH_TOY=1 runs each benchmark at a size that takes seconds. It shows that they still run, and says nothing about
 * speed; nothing is written.
 */
export const TOY = process.env.BENCH_TOY === '1';

/** The size to measure at, or its stand-in in a toy run. */
export function unlessToy<T>(size: T, toy: T): T {
  return TOY ? toy : size;
}
