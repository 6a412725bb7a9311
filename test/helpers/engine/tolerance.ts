import type { BackendName } from '../../../src/engine/backends/backend.ts';
import { SMALLEST_NORMAL } from './batches.ts';

/** What a backend states of its results, against the float64 reference. */
export interface Tolerance {
  /** The error of an array's value, relative to it where it is a normal float32. */
  readonly arrays: number;
  /** The error of a total, which no float32 has been, relative to it. */
  readonly totals: number;
  /** The error near a root, where terms cancel that are not at hand, relative to the largest of the output. */
  readonly nearRoots: number;
  /** The smallest size of a logit that it does not take for 0. */
  readonly smallestLogit: number;
}

const ROUNDINGS: Tolerance = { arrays: 5e-7, totals: 2e-8, nearRoots: 1e-9, smallestLogit: 0 };

/** Every backend computes with more digits than a float32 has, and rounds once. */
export const TOLERANCES: { readonly [name in BackendName]: Tolerance } = {
  wasm: ROUNDINGS,
  webgpu: ROUNDINGS,
  tensorflow: { ...ROUNDINGS, smallestLogit: SMALLEST_NORMAL },
  // Not measured yet: held to what the self-test asks of every backend.
  cuda: { arrays: 2e-6, totals: 2e-6, nearRoots: 2e-8, smallestLogit: SMALLEST_NORMAL },
};
