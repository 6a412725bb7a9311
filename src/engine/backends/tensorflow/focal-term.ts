import type { Float64, Operand, Wide } from './float64.ts';
import type { LogPair } from './log-pair.ts';

/** A loss, and its first two derivatives where they are wanted. */
export interface Term {
  readonly loss: Wide;
  readonly gradient?: Wide;
  readonly hessian?: Wide;
}

/** Which derivatives are wanted. */
export interface Wanted {
  readonly gradient: boolean;
  readonly hessian: boolean;
}

/**
 * log u of a factor u^γ, u′/u and u″/u: ratios, because u itself may be too small to divide by. The last one is there
 * where second derivatives are wanted.
 */
export interface Modulation {
  readonly logU: Wide;
  readonly slope: Wide;
  readonly curve?: Wide;
}

/** A cross-entropy and its derivatives; the second where it is wanted. */
export interface Curve {
  readonly c: Wide;
  readonly dc: Wide;
  readonly d2c?: Wide;
}

/**
 * u^γ C by the product rule:
 *   (u^γ C)′ = u^γ [γ (u′/u) C + C′]
 *   (u^γ C)″ = u^γ [γ C ((γ−1) (u′/u)² + u″/u) + 2γ (u′/u) C′ + C″]
 *
 * Where u is a probability and C the logarithm of the other, as for hard labels, this is focal loss, at every logit.
 */
export function modulated(f: Float64, u: Modulation, { c, dc, d2c }: Curve, gamma: Operand, wanted: Wanted): Term {
  const focus = f.exp(f.mul(gamma, u.logU));
  const gammaSlope = () => f.mul(gamma, u.slope);
  return {
    loss: f.mul(focus, c),
    ...(wanted.gradient && { gradient: f.mul(focus, f.add(f.mul(gammaSlope(), c), dc)) }),
    ...(wanted.hessian && {
      hessian: f.mul(
        focus,
        f.add(
          f.add(
            f.mul(f.mul(gamma, c), f.add(f.mul(f.sub(gamma, 1), f.square(u.slope)), u.curve!)),
            f.mul(f.mul(2, gammaSlope()), dc),
          ),
          d2c!,
        ),
      ),
    }),
  };
}

/** Focal loss of a prediction whose label is positive, −q^γ log p. */
export function focalTerm(f: Float64, pair: LogPair, gamma: Operand, wanted: Wanted): Term {
  const entropy: Curve = {
    c: f.neg(pair.logP),
    dc: f.neg(pair.dLogP),
    ...(pair.d2LogP && { d2c: f.neg(pair.d2LogP) }),
  };
  return modulated(f, modulationByQ(f, pair), entropy, gamma, wanted);
}

/** u = q. */
export function modulationByQ(f: Float64, pair: LogPair): Modulation {
  const { logQ, dLogQ, d2LogQ } = pair;
  return { logU: logQ, slope: dLogQ, ...(d2LogQ && { curve: curveOf(f, dLogQ, d2LogQ) }) };
}

/** u″/u from the derivatives of log u. */
export function curveOf(f: Float64, dLogU: Wide, d2LogU: Wide): Wide {
  return f.add(f.square(dLogU), d2LogU);
}

export function scaled(f: Float64, term: Term, weight: Wide): Term {
  return {
    loss: f.mul(weight, term.loss),
    ...(term.gradient && { gradient: f.mul(weight, term.gradient) }),
    ...(term.hessian && { hessian: f.mul(weight, term.hessian) }),
  };
}

export function sumOf(f: Float64, a: Term, b: Term): Term {
  return {
    loss: f.add(a.loss, b.loss),
    ...(a.gradient && b.gradient && { gradient: f.add(a.gradient, b.gradient) }),
    ...(a.hessian && b.hessian && { hessian: f.add(a.hessian, b.hessian) }),
  };
}
