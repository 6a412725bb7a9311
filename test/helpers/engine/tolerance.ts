import type { BackendName } from '../../../src/engine/backends/backend.ts';
import { SMALLEST_NORMAL } from './batches.ts';

/** The largest errors of a backend's results, compared with the float64 reference. */
export interface Tolerance {
  /** The relative error of an array's values that are normal float32s. */
  readonly arrays: number;
  /** The relative error of a total of many elements that differ; a total is never rounded to float32. */
  readonly totals: number;
  /** Likewise of few elements, whose errors do not average out. */
  readonly totalsOfFew: number;
  /** The error near a root, where terms cancel, relative to the largest value of the output. */
  readonly nearRoots: number;
  /** The smallest |logit| that is not taken as 0. */
  readonly smallestLogit: number;
}

const ROUNDINGS: Tolerance = { arrays: 5e-7, totals: 2e-8, totalsOfFew: 2e-8, nearRoots: 1e-9, smallestLogit: 0 };

/** Every backend computes with more digits than float32 and rounds once. */
export const TOLERANCES: { readonly [name in BackendName]: Tolerance } = {
  wasm: { ...ROUNDINGS, totalsOfFew: ROUNDINGS.arrays },
  webgpu: ROUNDINGS,
  tensorflow: { ...ROUNDINGS, smallestLogit: SMALLEST_NORMAL },
  // Not measured yet: held to what the self-test asks of every backend.
  cuda: { arrays: 2e-6, totals: 2e-6, totalsOfFew: 2e-6, nearRoots: 2e-8, smallestLogit: SMALLEST_NORMAL },
};

/** For batches of few elements. */
export function ofFewElements(tolerance: Tolerance): Tolerance {
  return { ...tolerance, totals: tolerance.totalsOfFew };
}
