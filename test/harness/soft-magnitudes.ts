import { power } from '../../src/loss/focal-term.ts';
import { crossEntropy, type OfSides, type SoftLabels } from '../../src/loss/labelled-term.ts';
import { complement, type LogProbabilities } from '../../src/loss/log-probabilities.ts';
import type { SmoothedLabel } from '../../src/loss/smoothed-label.ts';

/** Σ |terms| of the gradient and of the second derivative of a loss under sigmoid. Their terms may cancel. */
export interface TermMagnitudes {
  readonly gradient: number;
  readonly hessian: number;
}

/** The magnitudes of the terms in the formulas of loss/labelled-term.ts. */
export function termMagnitudes(
  logProbs: LogProbabilities,
  label: SmoothedLabel,
  gamma: number,
  alpha: OfSides,
  form: SoftLabels,
): TermMagnitudes {
  const { y, notY } = label;
  const [ofPositive, ofNegative] = [alpha.positive * y, alpha.negative * notY];
  if (form === 'termwise' || y === 0 || notY === 0) {
    const [positive, negative] = [ofHard(logProbs, gamma), ofHard(complement(logProbs), gamma)];
    return {
      gradient: ofPositive * positive.gradient + ofNegative * negative.gradient,
      hessian: ofPositive * positive.hessian + ofNegative * negative.hessian,
    };
  }
  const [p, q] = [Math.exp(logProbs.logP), Math.exp(logProbs.logQ)];
  const labelSlope = form === 'quality' ? 1 : Math.abs(notY - y);
  const u = form === 'quality' ? Math.abs(p < q ? p - y : notY - q) : y * q + notY * p;
  const du = (labelSlope * p * logProbs.dLogP) / u;
  const d2u = (labelSlope * p * (logProbs.dLogP ** 2 + Math.abs(logProbs.d2LogP))) / u;
  const c = crossEntropy(logProbs, label);
  const dc = y * logProbs.dLogP - notY * logProbs.dLogQ;
  const d2c = y * Math.abs(logProbs.d2LogP) + notY * Math.abs(logProbs.d2LogQ);
  const modulator = (ofPositive + ofNegative) * power(Math.log(u), gamma);
  return {
    gradient: modulator * (gamma * du * c + dc),
    hessian: modulator * (gamma * (Math.abs(gamma - 1) * du * du + d2u) * c + 2 * gamma * du * dc + d2c),
  };
}

function ofHard({ logP, logQ, dLogP, dLogQ, d2LogP, d2LogQ }: LogProbabilities, gamma: number): TermMagnitudes {
  const modulator = power(logQ, gamma);
  const curvature = gamma * Math.abs(logP) * (gamma * dLogQ * dLogQ + Math.abs(d2LogQ));
  return {
    gradient: modulator * (gamma * Math.abs(dLogQ * logP) + Math.abs(dLogP)),
    hessian: modulator * (curvature + 2 * gamma * Math.abs(dLogQ * dLogP) + Math.abs(d2LogP)),
  };
}
