import { type Batch, type Float32Batch, IGNORED, isIgnoredByte, scaleOf, withFloat32 } from './batch.ts';
import { addToSums, type Contribution } from './class-sums.ts';
import { addToBins } from './difficulty.ts';
import type { Evaluation } from './evaluation.ts';
import { focalTerm, polyTerm, scaled, sum } from './focal-term.ts';
import { crossEntropy, type ElementLoss, labelledTerm } from './labelled-term.ts';
import { fromLogit, fromProbability, type LogProbabilities } from './log-probabilities.ts';
import { evaluatePosterior } from './posterior/reference-posterior.ts';
import { smoothedLabel } from './smoothed-label.ts';
import { argmaxOf, logSoftmax, type SoftmaxTerms, softmaxTerms, type TermWeights } from './softmax-terms.ts';
import { firstElement, sampleCount } from './tensor.ts';

/**
 * The reference implementation of focal loss, against which every engine is tested: float64, in log space, one element
 * after the other.
 *
 * @param target from `emptyEvaluation` for this batch; filled in and returned
 */
export function evaluateReference<TypedNumbers extends Float32Array | Float64Array>(
  batch: Batch,
  target: Evaluation<TypedNumbers>,
): Evaluation<TypedNumbers> {
  const evaluateSample = batch.activation === 'sigmoid' ? evaluateSigmoid : evaluateSoftmax;
  const withFloats = withFloat32(batch);
  for (let sample = 0; sample < sampleCount(batch.layout); sample++) evaluateSample(withFloats, sample, target);
  evaluatePosterior(withFloats, target);
  return target;
}

type Target = Evaluation<Float32Array | Float64Array>;

/** Under sigmoid, each class is an independent binary problem. */
function evaluateSigmoid(batch: Float32Batch, sample: number, target: Target): void {
  const { arrays } = target;
  const { layout, classWeights, labelSmoothing } = batch;
  const scale = scaleOf(batch);
  const sampleWeight = batch.sampleWeights?.[sample] ?? 1;
  let at = firstElement(layout, sample);
  for (let c = 0; c < layout.classes; c++, at += layout.inner) {
    const label = labelAt(batch, sample, c, at);
    if (label === IGNORED) continue;
    const weight = sampleWeight * (batch.elementWeights?.[at] ?? 1);
    const prediction = batch.predictions[at]!;
    const logProbs = batch.source === 'logits' ? fromLogit(prediction) : fromProbability(prediction, batch.epsilon);
    const smoothed = smoothedLabel(label, labelSmoothing);
    const term = labelledTerm(logProbs, smoothed, lossOfClass(batch, c));
    const gradient = weight * term.gradient;
    const positive = label >= 0.5;

    if (arrays.elementwise) arrays.elementwise[at] = weight * term.loss;
    if (arrays.gradients) arrays.gradients[at] = scale * gradient;
    if (arrays.hessian) arrays.hessian[at] = scale * weight * term.hessian;
    accumulate(target, c, {
      positive,
      loss: weight * term.loss,
      crossEntropy: weight * classWeights[c]! * crossEntropy(logProbs, smoothed),
      gradient,
      gradientSquare: batch.gradientSquares ? gradient ** 2 : 0,
      pt: Math.exp(positive ? logProbs.logP : logProbs.logQ),
      predictedPositive: prediction >= (batch.source === 'logits' ? 0 : 0.5),
    });
  }
}

function lossOfClass(batch: Batch, c: number): ElementLoss {
  const { gamma, alpha, classWeights, polyEpsilon } = batch;
  return {
    ...batch,
    gamma: { positive: gamma.positive[c]!, negative: gamma.negative[c]! },
    alpha: { positive: alpha.positive[c]!, negative: alpha.negative[c]! },
    poly: polyEpsilon * classWeights[c]!,
  };
}

/** Adds an element to the sums of its class and, if `difficulty` is requested, to its bin. */
function accumulate({ sums, bins }: Target, classIndex: number, element: Contribution): void {
  addToSums(sums, classIndex, element);
  if (bins) addToBins(bins, element);
}

/** Under softmax, the classes' probabilities depend on each other; each term of the loss counts for its own class. */
function evaluateSoftmax(batch: Float32Batch, sample: number, target: Target): void {
  const { arrays } = target;
  const { layout, alpha, classWeights, labelSmoothing } = batch;
  const { classes, inner } = layout;
  const first = firstElement(layout, sample);
  const labels = Float64Array.from({ length: classes }, (_, c) => labelAt(batch, sample, c, first + c * inner));
  if (labels.every((label) => label === IGNORED)) return;

  const scale = scaleOf(batch);
  const weight = batch.sampleWeights?.[sample] ?? 1;
  const predictions = Float64Array.from({ length: classes }, (_, c) => batch.predictions[first + c * inner]!);
  const y = labels.map((label) => (label === IGNORED ? 0 : label * (1 - labelSmoothing) + labelSmoothing / classes));
  const weights = {
    focal: y.map((share, c) => weight * share * alpha.positive[c]!),
    poly: y.map((share, c) => batch.polyEpsilon * weight * share * classWeights[c]!),
  };
  const { terms, logP, logQ, argmax } =
    batch.source === 'logits'
      ? fromLogits(predictions, weights, batch)
      : fromProbabilities(predictions, weights, batch);

  if (arrays.elementwise) arrays.elementwise[sample] = terms.loss.reduce((sum, loss) => sum + loss, 0);
  for (let c = 0; c < classes; c++) {
    const at = first + c * inner;
    if (arrays.gradients) arrays.gradients[at] = scale * terms.gradient[c]!;
    if (arrays.hessian) arrays.hessian[at] = scale * terms.hessian[c]!;
    if (labels[c] === IGNORED) continue;
    const positive = labels[c]! >= 0.5;
    accumulate(target, c, {
      positive,
      loss: terms.loss[c]!,
      crossEntropy: -weight * classWeights[c]! * y[c]! * logP[c]!,
      gradient: terms.gradient[c]!,
      gradientSquare: batch.gradientSquares ? terms.gradient[c]! ** 2 : 0,
      pt: Math.exp(positive ? logP[c]! : logQ[c]!),
      predictedPositive: c === argmax,
    });
  }
}

interface SoftmaxSample {
  readonly terms: SoftmaxTerms;
  readonly logP: Float64Array;
  readonly logQ: Float64Array;
  readonly argmax: number;
}

function fromLogits(logits: Float64Array, weights: TermWeights, { gamma, detached }: Batch): SoftmaxSample {
  const row = logSoftmax(logits);
  return { terms: softmaxTerms(row, weights, gamma.positive, detached), ...row };
}

/** Each probability is an independent input, so that only its own class's term depends on it. */
function fromProbabilities(
  probabilities: Float64Array,
  weights: TermWeights,
  { gamma, detached, epsilon }: Batch,
): SoftmaxSample {
  const logProbs: LogProbabilities[] = Array.from(probabilities, (p) => fromProbability(p, epsilon));
  const terms = logProbs.map((logProbs, c) => {
    const g = gamma.positive[c]!;
    const focal = scaled(focalTerm(logProbs, g, detached), weights.focal[c]!);
    return sum(focal, scaled(polyTerm(logProbs, g, detached), weights.poly[c]!));
  });
  return {
    terms: {
      loss: Float64Array.from(terms, ({ loss }) => loss),
      gradient: Float64Array.from(terms, ({ gradient }) => gradient),
      hessian: Float64Array.from(terms, ({ hessian }) => hessian),
    },
    logP: Float64Array.from(logProbs, (logProbs) => logProbs.logP),
    logQ: Float64Array.from(logProbs, (logProbs) => logProbs.logQ),
    argmax: argmaxOf(probabilities),
  };
}

/** The label of an element before smoothing, or `IGNORED`. */
function labelAt({ labels }: Batch, sample: number, classIndex: number, element: number): number {
  if (labels instanceof Uint8Array) return isIgnoredByte(labels[element]!) ? IGNORED : labels[element]!;
  if (labels instanceof Float32Array) return labels[element]!;
  const label = labels[sample]!;
  if (label === IGNORED) return IGNORED;
  return label === classIndex ? 1 : 0; // A background sample is negative for every class.
}
