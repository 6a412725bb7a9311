import { clearRow } from './clear-row';
import { KernelParams } from '../kernel-params';
import { COUNTS, indexOf, LEFT_OUT, SamplePair } from './softmax-pair';
import {
  LARGEST,
  LARGEST_COUNT,
  LOSS,
  SAMPLE_SQUARES,
  sampleSums,
  startedSampleSums,
  TRUE,
  TRUE_COUNT,
} from './softmax-remaining-classes';
import { evaluateRow } from './softmax-row';

/** Adds one sample of a pair as its state says, and writes its loss and gradients. */
@inline
export function finishSample(params: KernelParams, pair: SamplePair, lane: usize): void {
  const state = indexOf(pair, offsetof<SamplePair>('states'), lane);
  if (state == COUNTS) {
    addSample(params, pair, lane);
    return;
  }
  const element = indexOf(pair, offsetof<SamplePair>('elements'), lane);
  const sample = indexOf(pair, offsetof<SamplePair>('samples'), lane);
  if (state == LEFT_OUT) clearRow(params, element, sample);
  else evaluateRow(params, element, sample, indexOf(pair, offsetof<SamplePair>('trueClasses'), lane));
}

/**
 * Adds one sample of a pair to the sums, apart from the classes that are neither its true nor its largest one, and writes its
 * loss and the gradients of those two.
 */
function addSample(params: KernelParams, pair: SamplePair, lane: usize): void {
  const t = indexOf(pair, offsetof<SamplePair>('trueClasses'), lane);
  const a = indexOf(pair, offsetof<SamplePair>('largestClasses'), lane);
  const terms = changetype<usize>(pair) + (lane << 4);
  const sums = startedSampleSums(params, t);
  const isLargest = a == t;
  addTo(sums + LOSS, v128.load(terms, offsetof<SamplePair>('lossTerms')));
  addTo(sums + TRUE, v128.load(terms, offsetof<SamplePair>('trueTerms')));
  addTo(sums + TRUE_COUNT, f64x2.replace_lane(f64x2.splat(1), 1, f64(isLargest)));
  if (params.elementwise) {
    const sample = indexOf(pair, offsetof<SamplePair>('samples'), lane);
    store<u32>(params.elementwise + (usize(sample) << 2), indexOf(pair, offsetof<SamplePair>('losses'), lane));
  }
  if (!isLargest) {
    const sumsOfLargest = startedSampleSums(params, a);
    addTo(sumsOfLargest + LARGEST, v128.load(terms, offsetof<SamplePair>('largestTerms')));
    store<f64>(sumsOfLargest, load<f64>(sumsOfLargest, LARGEST_COUNT) + 1, LARGEST_COUNT);
  }
  if (params.gradients) {
    const at = params.gradients + (usize(indexOf(pair, offsetof<SamplePair>('elements'), lane)) << 2);
    const step = usize(params.inner) << 2;
    if (!isLargest) store<u32>(at + usize(a) * step, indexOf(pair, offsetof<SamplePair>('largestGradients'), lane));
    store<u32>(at + usize(t) * step, indexOf(pair, offsetof<SamplePair>('trueGradients'), lane));
  }
  if (params.gradientSquares) addSquares(params, terms, t, a);
}

function addSquares(params: KernelParams, terms: usize, t: u32, a: u32): void {
  const gradient = load<f64>(terms, offsetof<SamplePair>('trueTerms'));
  addTo(sampleSums(params, t) + SAMPLE_SQUARES, f64x2.replace_lane(f64x2.splat(0), 0, gradient * gradient));
  if (a == t) return;
  const largest = load<f64>(terms, offsetof<SamplePair>('largestTerms') + 8);
  addTo(sampleSums(params, a) + SAMPLE_SQUARES, f64x2.replace_lane(f64x2.splat(0), 1, largest * largest));
}

@inline
function addTo(at: usize, values: v128): void {
  v128.store(at, f64x2.add(v128.load(at), values));
}
