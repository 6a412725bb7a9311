import { invalidRequest } from '../core/common-errors.ts';
import { firstNotFinite } from '../core/first-not-finite.ts';
import type { ResultFormat, StoredFloats } from '../core/float-format.ts';
import { toFloat32 } from '../core/float16/float16.ts';
import { arrayLike, isInRegion, readNumbers } from '../core/shared-memory/region-numbers.ts';
import { ValidationIssues } from '../core/validation-issues.ts';
import type { Batch } from './batch.ts';
import { countedPlaces } from './counted-places.ts';
import { BLOCK, isOne, isProbability, sumSamples } from './probabilities.ts';
import { LARGE_LOGIT } from './replace-uncounted.ts';
import { sumTolerance } from './sum-tolerance.ts';
import { classOf, FINITE_FLOAT32, firstElement, placeIn, sampleOf } from './tensor.ts';

/** Of numbers that are converted: a copy of all of them could be twice as large as the batch, and a new one of each block garbage. */
const copies = new Float32Array(BLOCK);

/** Whether the prediction of an element counts: others may be anything. */
type Counts = (element: number) => boolean;

/**
 * Reports which logits that count are NaN, infinite, or too large for a float32, or which probabilities are none. Engines only
 * report that there are some.
 *
 * @throws {ServiceError} `invalid_request`
 */
export function rejectPredictions(batch: Batch): never {
  const issues = new ValidationIssues();
  const { predictions, source } = batch;
  const counts = countsOf(batch);
  if (source === 'logits') addLogits(batch, counts, issues);
  else addProbabilities(batch, counts, issues);
  issues.throwIfAny();
  if (!isInRegion(predictions)) throw new Error('an engine rejected predictions that are valid');
  const expected = source === 'logits' ? FINITE_FLOAT32 : 'probabilities';
  const message = `expected ${expected}, got others, which have changed since: leave a region as it is until the response`;
  throw invalidRequest({ pointer: `/${source}`, message });
}

function countsOf(batch: Batch): Counts {
  const counts = countedPlaces(batch);
  const { layout } = batch;
  return (element) => counts?.(element, sampleOf(layout, element), classOf(layout, element)) ?? true;
}

function addLogits(batch: Batch, counts: Counts, issues: ValidationIssues): void {
  const { predictions, predictionsFormat: format } = batch;
  for (let start = 0; start < predictions.length && !issues.areEnough; start += BLOCK) {
    const stored = blockOf(predictions, start);
    if (!(stored instanceof Float64Array) && firstNotFinite(stored, format as ResultFormat) < 0) continue;
    const block = toFloat32(stored, format, copies);
    for (let i = 0; i < block.length; i++) {
      if (Number.isFinite(block[i]!) || !counts(start + i)) continue;
      const logit = format === 'F64' ? stored[i]! : block[i]!;
      issues.add(() => ({
        ...placeIn('logits', { shape: batch.shape }, start + i),
        message: `expected ${FINITE_FLOAT32}, got ${logit}${cureFor(logit)}`,
      }));
    }
  }
}

function cureFor(logit: number): string {
  if (Number.isFinite(logit)) return '';
  if (Number.isNaN(logit)) return ': only where it is ignored or has weight 0 may it be NaN';
  return `: send ${Math.sign(logit) * LARGE_LOGIT} instead, whose probability is ${logit > 0 ? 1 : 0} as well`;
}

function addProbabilities(batch: Batch, counts: Counts, issues: ValidationIssues): void {
  const { predictions, predictionsFormat: format, layout, shape } = batch;
  const read = (start: number, length = BLOCK) => toFloat32(blockOf(predictions, start, length), format, copies);
  for (let start = 0; start < predictions.length && !issues.areEnough; start += BLOCK) {
    const block = read(start);
    for (let i = 0; i < block.length; i++) {
      if (isProbability(block[i]!) || !counts(start + i)) continue;
      issues.add(() => ({
        ...placeIn('probabilities', { shape }, start + i),
        message: `expected a number in [0, 1], got ${block[i]}; values before the sigmoid or softmax are "logits"`,
      }));
    }
  }
  if (batch.activation === 'sigmoid') return;
  const tolerance = sumTolerance(format, layout.classes);
  sumSamples(read, layout, (sample, sum) => {
    if (isOne(sum, tolerance) || issues.areEnough || !counts(firstElement(layout, sample))) return;
    issues.add(() => ({
      ...placeIn('probabilities', { shape }, firstElement(layout, sample)),
      message: `expected the sample's probabilities, which start here, to add up to 1 within ${Number(tolerance.toPrecision(3))}; got ${sum}: use sigmoid if several classes can be true at once`,
    }));
  });
}

function blockOf(predictions: Batch['predictions'], start: number, maxLength = BLOCK): StoredFloats {
  if (!isInRegion(predictions)) return predictions.subarray(start, start + maxLength);
  const like = arrayLike(predictions);
  const length = Math.min(maxLength, predictions.length - start);
  const block = new (like.constructor as new (length: number) => StoredFloats)(length);
  return readNumbers(predictions, start, block);
}
