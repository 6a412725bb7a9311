import type { Detached } from '../../../loss/focal-term.ts';
import type { Float64, Float64Tensor, Operand } from './float64.ts';

/** The loss of each element and the derivatives that are requested, `[outer, classes, inner]`. */
export interface Term {
  readonly loss: Float64Tensor;
  readonly gradient?: Float64Tensor;
  readonly hessian?: Float64Tensor;
}

/** Which derivatives are requested. */
export interface Derivatives {
  readonly gradient: boolean;
  readonly hessian: boolean;
  /** Which of them take the modulating factor for a constant. */
  readonly detached: Detached;
}

/** What is requested of all elements. */
export interface Requested extends Derivatives {
  /** Whether sums per class are, for which losses alone do not do. */
  readonly breakdown: boolean;
}

export function scaled(f: Float64, term: Term, weight: Operand): Term {
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
