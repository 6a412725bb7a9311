import { Constants, writeConstants } from '../../backends/wasm/assembly/math/constants';
import { LogProbabilities } from '../../backends/wasm/assembly/math/log-probabilities';

/** Those of the elementary functions. */
export const CONSTANTS = changetype<Constants>(memory.data(offsetof<Constants>(), 16));
writeConstants(CONSTANTS);

/** Of the two predictions at hand. */
export const LOG_PROBABILITIES = changetype<LogProbabilities>(memory.data(offsetof<LogProbabilities>(), 16));

const PAGE_BYTES: usize = 2 ** 16;

/** Memory behind all other memory of the module, which grows if it has to. It is the same at each call. @returns its address */
export function reserve(bytes: usize): usize {
  const at = (__heap_base + 15) & ~15;
  const pages = i32((at + bytes + PAGE_BYTES - 1) / PAGE_BYTES) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) unreachable();
  return at;
}
