import { evaluateFloat32Block, writeAllFactors } from './float32-block';
import { QUADS, ROWS } from './quads';
import { KernelParams } from '../kernel-params';
import { evaluateRemaining } from './remaining';
import { TILE } from './records';
import { countNegatives, pairAt } from '../sums';

/** As many samples as the rows of a block hold. */
const FAST_RUN: u32 = 4 * ROWS * u32(QUADS);

/**
 * Evaluates outer slices with vector lanes along the samples of one class. It serves layouts whose class axis is not the
 * last one, and batches of one class.
 *
 * @param soft whether labels may be soft
 * @param limit that of `float32Limit`
 * @returns false if there is a soft label where none may be
 */
export function alongSamples(params: KernelParams, from: u32, to: u32, soft: bool, limit: f32): bool {
  // With one class, all slices are contiguous.
  const run = params.classes == 1 ? (to - from) * params.inner : params.inner;
  for (let sample = from * params.inner; sample < to * params.inner; sample += run) {
    for (let c: u32 = 0; c < params.classes; c++) {
      if (!evaluateRun(params, sample * params.classes + c * run, sample, run, c, soft, limit)) return false;
    }
  }
  return true;
}

/** Evaluates contiguous samples of class c. */
function evaluateRun(
  params: KernelParams,
  element: u32,
  sample: u32,
  run: u32,
  c: u32,
  soft: bool,
  limit: f32,
): bool {
  countNegatives(pairAt(params, c), (run + 1) >> 1);
  const vectors = limit > 0 ? run & ~3 : 0;
  if (vectors) writeAllFactors(params, c, 1);
  for (let i: u32 = 0; i < vectors; i += FAST_RUN) {
    const count = min(FAST_RUN, vectors - i);
    if (!evaluateFloat32Block(params, element + i, sample + i, 1, c, count, soft, limit)) return false;
  }
  for (let i = vectors; i < run; i += TILE) {
    if (!evaluateRemaining(params, element + i, sample + i, min(TILE, run - i), c, soft)) return false;
  }
  return true;
}
