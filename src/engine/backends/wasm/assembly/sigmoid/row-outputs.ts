import { addToBins, distanceToEdge, EDGE_MARGIN } from '../bins';
import { KernelParams } from '../kernel-params';
import { magnitude } from '../math/float32-lanes';
import { addGradientSquares, ClassPair, PAIR_SIZE, pairAt } from '../sums';
import { HARD } from './label-factors';
import { preciselyPt } from './precisely-pt';
import { CROSS_ENTROPY, GRADIENT_L1, LOSS, PT, QUAD_SIZE } from './quads';
import { storePair } from './sigmoid-pair';

/**
 * Multiplies the results of an evaluated row, its gradients included, by the weights of samples and elements.
 *
 * @param at address of the gradients
 * @param offset of the row in every tensor of the predictions' shape, in bytes
 */
export function weighRow(params: KernelParams, row: usize, at: usize, offset: usize, sample: u32, quads: u32): void {
  if (!params.elementWeights) weigh(params, row, at, offset, sample, quads, true, false);
  else if (!params.sampleWeights) weigh(params, row, at, offset, sample, quads, false, true);
  else weigh(params, row, at, offset, sample, quads, true, true);
}

/** `bySample` and `byElement` are constants wherever this is inlined. */
@inline
function weigh(
  params: KernelParams,
  row: usize,
  at: usize,
  offset: usize,
  sample: u32,
  quads: u32,
  bySample: bool,
  byElement: bool,
): void {
  const end = row + usize(quads) * QUAD_SIZE;
  const sampleStep: usize = params.lanesAreSamples ? 16 : 0;
  let sampleAt = params.sampleWeights + (usize(sample) << 2);
  let elementAt = params.elementWeights + offset;
  const sampleWeight = bySample ? v128.load32_splat(sampleAt) : f32x4.splat(1);
  for (let quad = row; quad < end; quad += QUAD_SIZE, at += 16) {
    let weight = sampleWeight;
    if (bySample && sampleStep) {
      weight = v128.load(sampleAt);
      sampleAt += sampleStep;
    }
    if (byElement) {
      const elementWeight = v128.load(elementAt);
      weight = bySample ? f32x4.mul(weight, elementWeight) : elementWeight;
      elementAt += 16;
    }
    v128.store(quad, f32x4.mul(v128.load(quad, LOSS), weight), LOSS);
    v128.store(quad, f32x4.mul(v128.load(quad, GRADIENT_L1), weight), GRADIENT_L1);
    v128.store(quad, f32x4.mul(v128.load(quad, CROSS_ENTROPY), weight), CROSS_ENTROPY); // −0 keeps the label's sign.
    if (params.gradients) v128.store(at, f32x4.mul(v128.load(at), weight));
  }
}

/**
 * Writes the elementwise losses of an evaluated row, and adds it to the sums of squared gradients and of `difficulty`, as far as
 * they are requested.
 *
 * @param offset of the row in every tensor of the predictions' shape, in bytes
 * @param firstPair as in `addRows`
 */
export function writeOutputs(params: KernelParams, row: usize, offset: usize, firstPair: u32, quads: u32, form: u32): void {
  if (params.bins && isRowNearEdge(row, quads)) write(params, row, offset, firstPair, quads, form, true);
  else write(params, row, offset, firstPair, quads, form, false);
}

/** Whether the bin of some element is uncertain, because its p_t is float32. */
@inline
function isRowNearEdge(row: usize, quads: u32): bool {
  const end = row + usize(quads) * QUAD_SIZE;
  let quad = row;
  let distance = f32x4.splat(1);
  // V8 moves what does not change out of a loop only if the loop's condition is at its end.
  do {
    distance = f32x4.pmin(distance, distanceToEdge(v128.load(quad, PT)));
    quad += QUAD_SIZE;
  } while (quad < end);
  return v128.any_true(f32x4.lt(distance, f32x4.splat(f32(EDGE_MARGIN))));
}

/** @param isNearEdge a constant wherever this is inlined */
@inline
function write(
  params: KernelParams,
  row: usize,
  offset: usize,
  firstPair: u32,
  quads: u32,
  form: u32,
  isNearEdge: bool,
): void {
  const nextPair: usize = params.lanesAreSamples ? 0 : PAIR_SIZE;
  const end = row + usize(quads) * QUAD_SIZE;
  let address = changetype<usize>(pairAt(params, firstPair));
  for (let quad = row; quad < end; quad += QUAD_SIZE) {
    for (let at = quad; at < quad + 16; at += 8, offset += 8, address += nextPair) {
      const pair = changetype<ClassPair>(address);
      const signed = v128.load64_zero(at, CROSS_ENTROPY);
      const pt = f64x2.promote_low_f32x4(v128.load64_zero(at, PT));
      const active = f64x2.ne(pt, f64x2.splat(0));
      const positive = v128.and(active, i64x2.extend_low_i32x4_s(i32x4.shr_s(signed, 31)));
      const negative = v128.xor(active, positive);
      let loss = f64x2.promote_low_f32x4(v128.load64_zero(at, LOSS));
      let slope = f64x2.promote_low_f32x4(v128.load64_zero(at, GRADIENT_L1));
      if (form == HARD) {
        const alpha = v128.bitselect(pair.positiveAlpha, pair.negativeAlpha, positive);
        loss = f64x2.mul(loss, alpha);
        slope = f64x2.mul(slope, alpha);
      }
      if (params.elementwise) storePair(params.elementwise + offset, loss, false);
      if (params.gradientSquares) addGradientSquares(pair, positive, negative, slope);
      if (params.bins) {
        const crossEntropy = f64x2.mul(f64x2.promote_low_f32x4(magnitude(signed)), pair.classWeight);
        const ptOfBin = isNearEdge ? preciselyPt(params.predictions + offset, positive, params.constants) : pt;
        addToBins(params.bins, positive, negative, ptOfBin, ptOfBin, loss, crossEntropy, slope);
      }
    }
  }
}
