import { availableParallelism, cpus, totalmem } from 'node:os';

/** Processor, cores and memory of this machine, as text. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU';
  return `${model}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`;
}
