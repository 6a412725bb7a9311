import type { SoftLabels } from '../../../loss/labelled-term.ts';
import type { Float64, Operand, Wide } from './float64.ts';
import {
  type Curve,
  curveOf,
  focalTerm,
  type Modulation,
  modulated,
  modulationByQ,
  scaled,
  sumOf,
  type Term,
  type Wanted,
} from './focal-term.ts';
import { type LogPair, mirrored } from './log-pair.ts';

/** Stands for log 0: its product with any γ ≥ 0 is finite, and e to that is 0, or 1 for γ = 0. */
export const LOG_ZERO = -1e100;

/** α and 1 − α, with the class weights. */
export interface Sides {
  readonly positive: Operand;
  readonly negative: Operand;
}

/** α-weighted focal loss of sigmoid predictions under labels y in [0, 1]; see loss/labelled-term.ts. */
export function labelledTerm(
  f: Float64,
  pair: LogPair,
  y: Wide,
  gamma: Operand,
  alpha: Sides,
  form: SoftLabels,
  wanted: Wanted,
): Term {
  const positive = f.mul(alpha.positive, y);
  const negative = f.mul(alpha.negative, f.sub(1, y));
  if (form === 'termwise') {
    return sumOf(
      f,
      f.scope(() => scaled(f, focalTerm(f, pair, gamma, wanted), positive)),
      f.scope(() => scaled(f, focalTerm(f, mirrored(pair), gamma, wanted), negative)),
    );
  }
  const curve = crossEntropyCurve(f, pair, y);
  const soft = f.scope(() => (form === 'quality' ? distance(f, pair, y) : interpolation(f, pair, y)));
  const modulation = f.scope(() => hardWhereHard(f, pair, y, soft));
  const term = f.scope(() => modulated(f, modulation, curve, gamma, wanted));
  if (form === 'quality' && term.hessian) {
    const hessian = f.add(
      term.hessian,
      f.scope(() => curvatureAtRoot(f, pair, soft, curve, gamma)),
    );
    return scaled(f, { ...term, hessian }, f.add(positive, negative));
  }
  return scaled(f, term, f.add(positive, negative));
}

/** Cross-entropy with a label in [0, 1]; both terms are ≥ 0, so nothing cancels. */
function crossEntropyCurve(f: Float64, pair: LogPair, y: Wide): Curve {
  const mixed = (ofP: Wide, ofQ: Wide) => f.scope(() => f.neg(f.add(f.mul(y, ofP), f.mul(f.sub(1, y), ofQ))));
  return {
    c: mixed(pair.logP, pair.logQ),
    dc: mixed(pair.dLogP, pair.dLogQ),
    ...(pair.d2LogP && pair.d2LogQ && { d2c: mixed(pair.d2LogP, pair.d2LogQ) }),
  };
}

/** u = y q + (1 − y) p, which is ≥ min(y, 1 − y). */
function interpolation(f: Float64, pair: LogPair, y: Wide): Modulation {
  const { p, q } = pair;
  const notY = f.sub(1, y);
  const u = f.add(f.mul(y, q), f.mul(notY, p));
  const v = f.add(f.mul(y, p), f.mul(notY, q));
  const lean = f.div(f.mul(f.sub(notY, y), p), u);
  return {
    logU: logOf(f, u, v),
    slope: f.mul(lean, pair.dLogP),
    ...(pair.d2LogP && { curve: f.mul(lean, curveOf(f, pair.dLogP, pair.d2LogP)) }),
  };
}

/** u = |p − y|; where that is 0, its derivatives are taken as 0 (but see `curvatureAtRoot`). */
function distance(f: Float64, pair: LogPair, y: Wide): Modulation {
  const { p, q } = pair;
  const notY = f.sub(1, y);
  // From whichever of p and q is small, or 1 − y would be rounded off against a q near 0.
  const signed = f.select(f.less(pair.logP, pair.logQ), f.sub(p, y), f.sub(notY, q));
  const u = f.abs(signed);
  const v = f.select(f.less(signed, 0), f.add(notY, p), f.add(y, q));
  const atRoot = f.equal(u, 0);
  const ratio = f.select(atRoot, 0, f.div(p, signed));
  return {
    logU: f.select(atRoot, LOG_ZERO, logOf(f, u, v)),
    slope: f.mul(ratio, pair.dLogP),
    ...(pair.d2LogP && { curve: f.mul(ratio, curveOf(f, pair.dLogP, pair.d2LogP)) }),
  };
}

/** For γ = 2, |p − y|^γ C has the curvature 2 p′² C at p = y. */
function curvatureAtRoot(f: Float64, pair: LogPair, u: Modulation, { c }: Curve, gamma: Operand): Wide {
  const atRoot = f.both(f.equal(u.logU, LOG_ZERO), f.equal(gamma, 2));
  return f.select(atRoot, f.mul(2, f.mul(f.square(f.mul(pair.p, pair.dLogP)), c)), 0);
}

/** log u, from v = 1 − u near 1: a large γ makes something of the last digits there. */
function logOf(f: Float64, u: Wide, v: Wide): Wide {
  return f.select(f.less(u, 0.5), f.log(u), f.log1p(f.neg(v)));
}

/** At y = 1 and y = 0 all forms are the hard one, which is exact at every logit. */
function hardWhereHard(f: Float64, pair: LogPair, y: Wide, soft: Modulation): Modulation {
  const positive = modulationByQ(f, pair);
  const negative = modulationByQ(f, mirrored(pair));
  const isPositive = f.equal(y, 1);
  const isNegative = f.equal(y, 0);
  const pick = (ofPositive: Wide, ofNegative: Wide, ofSoft: Wide) =>
    f.select(isPositive, ofPositive, f.select(isNegative, ofNegative, ofSoft));
  return {
    logU: pick(positive.logU, negative.logU, soft.logU),
    slope: pick(positive.slope, negative.slope, soft.slope),
    ...(soft.curve && { curve: pick(positive.curve!, negative.curve!, soft.curve) }),
  };
}
