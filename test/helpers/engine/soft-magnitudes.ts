import { power } from '../../../src/loss/focal-term.ts';
import { crossEntropy, type SideWeights, type SoftLabels } from '../../../src/loss/labelled-term.ts';
import { type LogPair, mirrored } from '../../../src/loss/log-probabilities.ts';

/** Σ |terms| of the gradient and of the second derivative of a loss under sigmoid. Their terms may cancel. */
export interface TermMagnitudes {
  readonly gradient: number;
  readonly hessian: number;
}

/** Of the formulas of loss/labelled-term.ts. */
export function termMagnitudes(
  pair: LogPair,
  y: number,
  gamma: number,
  alpha: SideWeights,
  form: SoftLabels,
): TermMagnitudes {
  const [ofPositive, ofNegative] = [alpha.positive * y, alpha.negative * (1 - y)];
  if (form === 'termwise' || y === 0 || y === 1) {
    const [positive, negative] = [ofHard(pair, gamma), ofHard(mirrored(pair), gamma)];
    return {
      gradient: ofPositive * positive.gradient + ofNegative * negative.gradient,
      hessian: ofPositive * positive.hessian + ofNegative * negative.hessian,
    };
  }
  const [p, q] = [Math.exp(pair.logP), Math.exp(pair.logQ)];
  const lean = form === 'quality' ? 1 : Math.abs(1 - 2 * y);
  const u = form === 'quality' ? Math.abs(p < q ? p - y : 1 - y - q) : y * q + (1 - y) * p;
  const du = (lean * p * pair.dLogP) / u;
  const d2u = (lean * p * (pair.dLogP ** 2 + Math.abs(pair.d2LogP))) / u;
  const c = crossEntropy(pair, y);
  const dc = y * pair.dLogP - (1 - y) * pair.dLogQ;
  const d2c = y * Math.abs(pair.d2LogP) + (1 - y) * Math.abs(pair.d2LogQ);
  const focus = (ofPositive + ofNegative) * power(Math.log(u), gamma);
  return {
    gradient: focus * (gamma * du * c + dc),
    hessian: focus * (gamma * (Math.abs(gamma - 1) * du * du + d2u) * c + 2 * gamma * du * dc + d2c),
  };
}

function ofHard({ logP, logQ, dLogP, dLogQ, d2LogP, d2LogQ }: LogPair, gamma: number): TermMagnitudes {
  const focus = power(logQ, gamma);
  const curve = gamma * Math.abs(logP) * (gamma * dLogQ * dLogQ + Math.abs(d2LogQ));
  return {
    gradient: focus * (gamma * Math.abs(dLogQ * logP) + Math.abs(dLogP)),
    hessian: focus * (curve + 2 * gamma * Math.abs(dLogQ * dLogP) + Math.abs(d2LogP)),
  };
}
