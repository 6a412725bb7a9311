import type { Batch } from '../batch.ts';
import { findRoot } from './find-root.ts';
import { logH, logOddsOfH } from './log-h.ts';

type Loss = Pick<Batch, 'activation' | 'gamma' | 'posteriorOffsets'>;

/** The columns of the breakdown that `posterior` adds, and those that they are computed from. */
export interface PriorColumns {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
  readonly prior: Float64Array;
  readonly initial_logit: Float64Array;
}

/**
 * Writes each class's prior, its part of the labels that are counted, and the logit whose posterior is the prior: what the bias of
 * a model starts from, so that its first loss is the smallest that a constant has. NaN where there is none.
 */
export function writePriors(columns: PriorColumns, loss: Loss): void {
  if (loss.activation === 'sigmoid') writeSigmoidPriors(columns, loss);
  else writeSoftmaxPriors(columns, loss);
}

function writeSigmoidPriors({ positives, negatives, prior, initial_logit }: PriorColumns, loss: Loss): void {
  for (let c = 0; c < prior.length; c++) {
    const positive = positives[c]!;
    const negative = negatives[c]!;
    prior[c] = positive + negative === 0 ? Number.NaN : positive / (positive + negative);
    initial_logit[c] =
      positive === 0 || negative === 0
        ? Number.NaN
        : sigmoidLogit(Math.log(positive / negative) + loss.posteriorOffsets![c]!, loss.gamma.positive[c]!);
  }
}

/** The x whose log h(p) − log h(q) is the target. */
function sigmoidLogit(target: number, gamma: number): number {
  const f = (x: number) => {
    const { value, slope } = logOddsOfH(x, gamma);
    return { value: value - target, slope };
  };
  return findRoot(f, target / (1 + gamma));
}

function writeSoftmaxPriors({ positives, prior, initial_logit }: PriorColumns, loss: Loss): void {
  const total = positives.reduce((sum, count) => sum + count, 0);
  const present: number[] = [];
  for (let c = 0; c < prior.length; c++) {
    prior[c] = total === 0 ? Number.NaN : positives[c]! / total;
    initial_logit[c] = Number.NaN;
    if (positives[c]! > 0) present.push(c);
  }
  if (present.length === 1) initial_logit[present[0]!] = 0;
  if (present.length < 2) return;
  const gammas = present.map((c) => loss.gamma.positive[c]!);
  const targets = present.map((c) => Math.log(prior[c]!) + loss.posteriorOffsets![c]!);
  softmaxLogits(targets, gammas).forEach((logit, i) => {
    initial_logit[present[i]!] = logit;
  });
}

/** log p of each class, where log h(p) is the class's target and something in common, so that the p add up to 1. */
function softmaxLogits(targets: readonly number[], gammas: readonly number[]): number[] {
  const logits = new Array<number>(targets.length).fill(0);
  const evaluate = (shift: number) => {
    let sum = 0;
    let slope = 0;
    targets.forEach((target, i) => {
      const { p, dp, logit } = probabilityAt(target + shift, gammas[i]!, logits[i]!);
      logits[i] = logit;
      sum += p;
      slope += dp;
    });
    return { value: Math.log(sum), slope: slope / sum };
  };
  const largest = targets.reduce((a, b) => Math.max(a, b));
  const total = targets.reduce((sum, target) => sum + Math.exp(target - largest), 0);
  const shift = findRoot(evaluate, -largest - Math.log(total));
  evaluate(shift);
  return logits.map((logit, i) =>
    gammas[i] === 0 ? Math.min(targets[i]! + shift, 0) : Math.min(logit, 0) - Math.log1p(Math.exp(-Math.abs(logit))),
  );
}

/** p whose log h is y, its derivative with respect to y, and its logit. @param start a logit near it */
function probabilityAt(y: number, gamma: number, start: number): { p: number; dp: number; logit: number } {
  if (gamma === 0) {
    const p = Math.exp(Math.min(y, 0)); // h(p) = p
    return { p, dp: p, logit: start };
  }
  const f = (x: number) => {
    const { value, slope } = logH(x, gamma);
    return { value: value - y, slope };
  };
  const logit = findRoot(f, start);
  const p = 1 / (1 + Math.exp(-logit));
  const q = 1 / (1 + Math.exp(logit));
  return { p, dp: (p * q) / logH(logit, gamma).slope, logit };
}
