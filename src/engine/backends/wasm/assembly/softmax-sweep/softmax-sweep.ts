import { addColumns } from './add-columns';
import { addRows } from './add-rows';
import { evaluateGamma } from './evaluate-gamma';
import { IGNORED, KernelParams } from '../kernel-params';
import { shareTerms } from './share-terms';
import { loadBlock } from '../softmax/softmax-columns-float32';
import { enqueueRows, SOFT_ROW } from '../softmax/enqueue-rows';
import { MIN_ROW } from '../softmax/softmax';
import { SOFT, trueClassOf } from '../softmax/softmax-labels';
import { pairOf } from '../softmax/softmax-pair';
import { blockOf, clearRemaining, endRemaining } from '../softmax/softmax-remaining-classes';
import { evaluateRow } from '../softmax/softmax-row';
import { loadRows } from '../softmax/softmax-rows-float32';
import { finishSample } from '../softmax/softmax-sample';
import { evaluationAt, factorsOf, SoftmaxSweepParams } from './softmax-sweep-params';

/**
 * Evaluates the outer slices in [from, to) with many γ and α at once, for logits and hard labels: as `softmax` does, but with
 * exponentials that are computed once.
 *
 * @returns as `softmax`
 */
export function softmaxSweep(sweep: SoftmaxSweepParams, from: u32, to: u32): bool {
  start(sweep.shared);
  for (let i: u32 = 0; i < sweep.count; i++) start(evaluationAt(sweep, i));
  // Those of samples that are missing from a block multiply exponentials of 0, and the memory may hold NaN.
  memory.fill(factorsOf(sweep, 0), 0, factorsOf(sweep, sweep.count + 1) - factorsOf(sweep, 0));
  if (sweep.shared.inner > 1) return sweepColumns(sweep, from, to, false);
  return sweep.shared.classes < MIN_ROW ? sweepColumns(sweep, from, to, true) : sweepRows(sweep, from, to);
}

/** The samples that are evaluated together: their exponentials stay in the L1 cache unless there are very many classes. */
const ROWS: u32 = 16;

function start(params: KernelParams): void {
  params.hasPairSums = 0;
  clearRemaining(params);
}

/** With lanes along the classes. */
function sweepRows(sweep: SoftmaxSweepParams, from: u32, to: u32): bool {
  const params = sweep.shared;
  let samples: u32 = 0;
  let added: u32 = 0;
  while (from < to) {
    const enqueued = enqueueRows(params, from, to, ROWS);
    if (enqueued == SOFT_ROW) return false;
    const waiting = u32(enqueued);
    if (waiting) added += evaluateRows(sweep, waiting);
    samples += waiting;
    from = u32(enqueued >> 32);
  }
  end(sweep, added, samples);
  return true;
}

/** Evaluates the first `count` enqueued samples. @returns how many are in the sums of the remaining classes */
function evaluateRows(sweep: SoftmaxSweepParams, count: u32): u32 {
  const rows = (count + 3) & ~3;
  for (let i: u32 = 0; i < rows; i += 2) loadRows(sweep.shared, i, count);
  const added = evaluateSamples(sweep, count, rows);
  addRows(sweep, rows);
  return added;
}

/** @param size of the block */
function evaluateSamples(sweep: SoftmaxSweepParams, count: u32, size: u32): u32 {
  const added = shareTerms(sweep, size);
  for (let i: u32 = 0; i < sweep.count; i++) evaluateGamma(sweep, i, evaluationAt(sweep, i), count);
  for (let i: u32 = 0; i < count; i++) finishSample(sweep.shared, pairOf(sweep.shared, i), i & 1);
  return added;
}

/**
 * With lanes along the samples.
 *
 * @param gather whether the classes of a sample are contiguous
 */
@inline
function sweepColumns(sweep: SoftmaxSweepParams, from: u32, to: u32, gather: bool): bool {
  const params = sweep.shared;
  const classes = params.classes;
  const run = gather ? to - from : params.inner;
  const block = blockOf(params);
  let samples: u32 = 0;
  let added: u32 = 0;
  for (let first = from * params.inner; first < to * params.inner; first += run) {
    const element = first * classes;
    const step = gather ? classes : 1;
    let i: u32 = 0;
    for (let count = block; i + 4 <= run; i += count) {
      count = min(count, (run - i) & ~3);
      const ignored = loadBlock(params, element + i * step, first + i, count, gather);
      if (ignored < 0) return false;
      added += evaluateSamples(sweep, count, count);
      addColumns(sweep, count);
      samples += count - ignored;
    }
    for (; i < run; i++) {
      const label = trueClassOf(params, element + i * step, first + i);
      if (label == SOFT) return false;
      if (label == IGNORED) continue;
      evaluateInFloat64(sweep, element + i * step, first + i, label);
      samples += 1;
    }
  }
  end(sweep, added, samples);
  return true;
}

function evaluateInFloat64(sweep: SoftmaxSweepParams, element: u32, sample: u32, label: u32): void {
  evaluateRow(sweep.shared, element, sample, label);
  for (let i: u32 = 0; i < sweep.count; i++) evaluateRow(evaluationAt(sweep, i), element, sample, label);
}

function end(sweep: SoftmaxSweepParams, added: u32, samples: u32): void {
  endRemaining(sweep.shared, added, samples);
  for (let i: u32 = 0; i < sweep.count; i++) endRemaining(evaluationAt(sweep, i), added, samples);
}
