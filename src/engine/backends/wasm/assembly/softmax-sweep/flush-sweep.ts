import { flushSums } from '../flush-sums';
import { evaluationAt, SoftmaxSweepParams } from './softmax-sweep-params';
import { ClassPair, offsetInPart, SUMS_OF_CLASS } from '../sums';

/**
 * Writes the sums of each evaluation of the last call of `softmaxSweep`, as `flushSums` does.
 *
 * @param part of the first evaluation; `step` leads to that of the next one
 * @param shared scratch memory for one more
 */
export function flushSoftmaxSweep(sweep: SoftmaxSweepParams, part: usize, step: usize, shared: usize): void {
  flushSums(sweep.shared, shared);
  const size = usize(sweep.shared.classes) * SUMS_OF_CLASS;
  for (let i: u32 = 0; i < sweep.count; i++, part += step) {
    flushSums(evaluationAt(sweep, i), part);
    for (let at: usize = 0; at < size; at += SUMS_OF_CLASS) {
      copySide(shared + at, part + at);
      copySide(shared + at + TO_NEGATIVES, part + at + TO_NEGATIVES);
    }
  }
}

const TO_NEGATIVES: usize = SUMS_OF_CLASS >> 1;

/** Copies the sums that do not depend on γ and α. */
@inline
function copySide(from: usize, to: usize): void {
  copy(from, to, offsetInPart(offsetof<ClassPair>('positiveCrossEntropy')));
  copy(from, to, offsetInPart(offsetof<ClassPair>('positivePt')));
  copy(from, to, offsetInPart(offsetof<ClassPair>('positiveCount')));
  copy(from, to, offsetInPart(offsetof<ClassPair>('positivePredicted')));
}

@inline
function copy(from: usize, to: usize, offset: usize): void {
  store<f64>(to + offset, load<f64>(from + offset));
}
