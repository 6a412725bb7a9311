import { type Float32Batch, IGNORED, isIgnoredByte } from '../batch.ts';
import { AT_EDGE, CALIBRATION_BINS, type CalibrationSums, EQUAL, SUMS_OF_CALIBRATION } from '../calibration.ts';
import type { Evaluation } from '../evaluation.ts';
import { fromLogit, fromProbability } from '../log-probabilities.ts';
import { argmaxOf, logSoftmax } from '../softmax-terms.ts';
import { firstElement, sampleCount } from '../tensor.ts';
import { logOddsOfH } from './log-h.ts';

/** The posteriors and the sums of calibration that a batch requests, one sample after the other in float64. */
export function evaluatePosterior(
  batch: Float32Batch,
  { arrays, calibration }: Evaluation<Float32Array | Float64Array>,
): void {
  if (!arrays.posterior && !calibration) return;
  const { layout, activation } = batch;
  for (let sample = 0; sample < sampleCount(layout); sample++) {
    const first = firstElement(layout, sample);
    const labels = Float64Array.from({ length: layout.classes }, (_, c) => labelAt(batch, sample, c, first));
    const row = Float64Array.from({ length: layout.classes }, (_, c) => batch.predictions[first + c * layout.inner]!);
    const [predicted, posterior] = (activation === 'sigmoid' ? ofSigmoid : ofSoftmax)(batch, row);
    posterior?.forEach((value, c) => {
      if (arrays.posterior) arrays.posterior[first + c * layout.inner] = value;
    });
    if (!calibration) continue;
    const half = SUMS_OF_CALIBRATION / 2;
    const [ofPredicted, ofPosterior] = [calibration.subarray(0, half), calibration.subarray(half)];
    if (activation === 'sigmoid') {
      countAll(ofPredicted, predicted, labels);
      if (posterior) countAll(ofPosterior, posterior, labels);
    } else if (labels.some((label) => label !== IGNORED)) {
      const argmax = argmaxOf(row);
      addToBin(ofPredicted, predicted[argmax]!, labels[argmax]!);
      const chosen = posterior && chosenClass(posterior, argmax);
      if (posterior) addToBin(ofPosterior, posterior[chosen!]!, labels[chosen!]!);
    }
  }
}

/** p of each class, and its posterior if that has a meaning. */
type Probabilities = readonly [predicted: Float64Array, posterior: Float64Array | undefined];

function ofSigmoid({ source, epsilon, gamma, posteriorOffsets }: Float32Batch, row: Float64Array): Probabilities {
  const x = row.map((value) => {
    if (source === 'logits') return value;
    const { logP, logQ } = fromProbability(value, epsilon);
    return logP - logQ;
  });
  const posterior =
    posteriorOffsets &&
    x.map((value, c) => sigmoid(logOddsOfH(value, gamma.positive[c]!).value - posteriorOffsets[c]!));
  return [x.map(sigmoid), posterior];
}

function sigmoid(x: number): number {
  return Math.exp(fromLogit(x).logP);
}

function ofSoftmax({ source, epsilon, gamma, posteriorOffsets }: Float32Batch, row: Float64Array): Probabilities {
  const clamped = Array.from(row, (p) => fromProbability(p, epsilon));
  const { logP, logQ } =
    source === 'logits'
      ? logSoftmax(row)
      : {
          logP: Float64Array.from(clamped, (each) => each.logP),
          logQ: Float64Array.from(clamped, (each) => each.logQ),
        };
  const predicted = logP.map(Math.exp);
  if (!posteriorOffsets) return [predicted, undefined];
  const logs = logP.map((log, c) => {
    const r = logQ[c]! > -600 ? (-predicted[c]! * log) / Math.exp(logQ[c]!) : 1;
    return log - gamma.positive[c]! * logQ[c]! - Math.log1p(gamma.positive[c]! * r) - posteriorOffsets[c]!;
  });
  const largest = logs[argmaxOf(logs)]!;
  const weights = logs.map((log) => Math.exp(log - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return [predicted, weights.map((weight) => weight / total)];
}

function countAll(sums: CalibrationSums, confidences: Float64Array, labels: Float64Array): void {
  confidences.forEach((confidence, c) => {
    if (labels[c] !== IGNORED) addToBin(sums, confidence, labels[c]!);
  });
}

/** The class of the largest posterior: of several that count as equal the predicted one, else the first. */
function chosenClass(posterior: Float64Array, predicted: number): number {
  const limit = posterior[argmaxOf(posterior)]! * (1 - EQUAL);
  return posterior[predicted]! >= limit ? predicted : posterior.findIndex((value) => value >= limit);
}

function addToBin(sums: CalibrationSums, confidence: number, label: number): void {
  const bin = Math.min(Math.floor(CALIBRATION_BINS * confidence + AT_EDGE), CALIBRATION_BINS - 1);
  sums[3 * bin]! += 1;
  sums[3 * bin + 1]! += confidence;
  if (label >= 0.5) sums[3 * bin + 2]! += 1;
}

function labelAt({ labels, layout }: Float32Batch, sample: number, c: number, first: number): number {
  if (labels instanceof Int32Array) return labels[sample] === IGNORED ? IGNORED : Number(labels[sample] === c);
  const label = labels[first + c * layout.inner]!;
  return labels instanceof Uint8Array && isIgnoredByte(label) ? IGNORED : label;
}
