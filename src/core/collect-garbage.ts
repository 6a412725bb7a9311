import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options?: { readonly type: 'minor' }) => void;

let collect: Collect | undefined;

/**
 * Collects all garbage of this thread at once. V8 sees no reason to while its own limits, which are gigabytes, are far away;
 * but memory that is not charged to a request any more should be free for others.
 */
export function collectGarbage(): void {
  exposed()();
}

/** Collects what was allocated lately, in about a millisecond: enough for buffers that nobody refers to any more. */
export function collectYoungGarbage(): void {
  exposed()({ type: 'minor' });
}

function exposed(): Collect {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as Collect;
  }
  return collect;
}
