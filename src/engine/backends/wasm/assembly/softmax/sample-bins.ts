import { addGradientsToBin, addToBin, isNearEdge, LAST_BIN_P, LAST_NEGATIVE, NEGATIVE, POSITIVE, slotOf } from '../bins';
import { CLASS_WEIGHT, optionOf } from '../class-options';
import { KernelParams } from '../kernel-params';
import { COUNTS, FLOAT64, indexOf, laneOf, pairOf, SamplePair, setIndex } from './softmax-pair';

// What `difficulty` needs of a sample of the float32 kernels: of classes that are neither the true nor the largest one, negative
// and mostly improbable, so that their bin is the last one. Those that may be in another are in a list: at most 20 have p > 1/20.

/** In `params.block`, one for each sample of a block. */
@unmanaged
export class SampleBins {
  /** What an exponential is multiplied by to be p. */
  inverse: f64;
  /** The sum of the exponentials of the classes in the last bin. */
  lastSum: f64;
  /** How many classes are in the list. */
  listed: u32;
  /** So that those of the next sample are aligned. */
  padding: u32;
}

/** Of the list, in bytes: the bin of a class, uint32, and its exponential, float32. */
const ENTRY: usize = 8;
const MAX_LISTED: usize = 20;

@inline
export function sampleBins(params: KernelParams, i: u32): SampleBins {
  return changetype<SampleBins>(params.block + usize(i) * (offsetof<SampleBins>() + MAX_LISTED * ENTRY));
}

/** The sum of all exponentials of a sample. */
@inline
function totalOf(pair: SamplePair, lane: usize): f64 {
  const wrong = laneOf(pair, offsetof<SamplePair>('restSum'), lane) + laneOf(pair, offsetof<SamplePair>('largestExp'), lane);
  return wrong + laneOf(pair, offsetof<SamplePair>('trueExp'), lane);
}

@inline
export function isCounted(params: KernelParams, i: u32): bool {
  return indexOf(pairOf(params, i), offsetof<SamplePair>('states'), i & 1) == COUNTS;
}

/**
 * Starts sample i with all classes in the last bin. One whose true or largest class is near an edge is left to float64.
 *
 * @returns exponentials up to which a class is surely in the last bin
 */
export function startBins(params: KernelParams, i: u32): f32 {
  const pair = pairOf(params, i);
  const bins = sampleBins(params, i);
  const total = totalOf(pair, i & 1);
  const inverse = 1 / total;
  bins.inverse = inverse;
  bins.listed = 0;
  bins.lastSum = laneOf(pair, offsetof<SamplePair>('restSum'), i & 1);
  const trueP = laneOf(pair, offsetof<SamplePair>('trueExp'), i & 1) * inverse;
  const largestP = laneOf(pair, offsetof<SamplePair>('largestExp'), i & 1) * inverse;
  if (isNearEdge(trueP) || isNearEdge(largestP)) leaveToFloat64(params, i);
  return f32(LAST_BIN_P * total);
}

/** Lists a class with this exponential; the sample is left to float64 if the class is near an edge. */
export function listClass(params: KernelParams, i: u32, exponential: f32): void {
  const bins = sampleBins(params, i);
  const p = exponential * bins.inverse;
  if (isNearEdge(p)) leaveToFloat64(params, i);
  const at = changetype<usize>(bins) + offsetof<SampleBins>() + usize(bins.listed) * ENTRY;
  store<u32>(at, u32(slotOf(1 - p, NEGATIVE)));
  store<f32>(at, exponential, 4);
  bins.listed += 1;
}

@inline
function leaveToFloat64(params: KernelParams, i: u32): void {
  setIndex(pairOf(params, i), offsetof<SamplePair>('states'), i & 1, FLOAT64);
}

/** Adds the first `count` samples of a block that `evaluatePair` has evaluated, apart from those that are left to float64. */
export function addSampleBins(params: KernelParams, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    if (isCounted(params, i)) addSample(params, i);
  }
}

function addSample(params: KernelParams, i: u32): void {
  const pair = pairOf(params, i);
  const t = indexOf(pair, offsetof<SamplePair>('trueClasses'), i & 1);
  const isLargest = indexOf(pair, offsetof<SamplePair>('largestClasses'), i & 1) == t;
  const terms = changetype<usize>(pair) + (usize(i & 1) << 4);
  const ofTrue = slotOf(load<f64>(terms, offsetof<SamplePair>('trueTerms') + 8), POSITIVE);
  const crossEntropy = load<f64>(terms, offsetof<SamplePair>('lossTerms') + 8) * optionOf(params, CLASS_WEIGHT, t);
  addToBin(params.bins, ofTrue, 1, crossEntropy, load<f64>(terms, offsetof<SamplePair>('lossTerms')));
  addGradientsToBin(params.bins, ofTrue, load<f64>(terms, offsetof<SamplePair>('trueTerms')));
  if (!isLargest) {
    const slot = slotOf(load<f64>(terms, offsetof<SamplePair>('largestTerms')), NEGATIVE);
    addNegatives(params, slot, 1, load<f64>(terms, offsetof<SamplePair>('largestTerms') + 8));
  }
  const bins = sampleBins(params, i);
  const slope = laneOf(pair, offsetof<SamplePair>('slopeFactor'), i & 1);
  let at = changetype<usize>(bins) + offsetof<SampleBins>();
  for (const end = at + usize(bins.listed) * ENTRY; at < end; at += ENTRY) {
    addNegatives(params, usize(load<u32>(at)), 1, slope * load<f32>(at, 4));
  }
  addNegatives(params, LAST_NEGATIVE, params.classes - (isLargest ? 1 : 2) - bins.listed, slope * bins.lastSum);
}

@inline
function addNegatives(params: KernelParams, slot: usize, count: f64, gradientL1: f64): void {
  addToBin(params.bins, slot, count, 0, 0);
  addGradientsToBin(params.bins, slot, gradientL1);
}
