import { focalTerm } from '../../src/loss/focal-term.ts';
import { fromLogit } from '../../src/loss/log-probabilities.ts';
import { unlessToy } from '../harness/toy.ts';

export const GAMMAS = unlessToy([0, 0.25, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 10], [0, 2]);
export const LABELS = [0, 1] as const;

export const QUANTITIES = ['loss', 'gradient', 'hessian'] as const;
export type Quantity = (typeof QUANTITIES)[number];

/** Values at each logit, of what is computed at all. */
export type Values = { readonly [quantity in Quantity]?: ArrayLike<number> };

const LARGEST = 1e4;
const PER_SIDE = unlessToy(2000, 20);
const SMALLEST = 1e-6;
const FINE = 120;
const FINE_STEP = unlessToy(1 / 64, 4);

/** −1e4 to 1e4: evenly in the logarithm from 1e−6 on, both signs, and every 1/64 from −120 to 120. */
export function gridLogits(): Float32Array {
  const sizes = Array.from({ length: PER_SIDE }, (_, i) => SMALLEST * (LARGEST / SMALLEST) ** (i / (PER_SIDE - 1)));
  const fine = Array.from({ length: (2 * FINE) / FINE_STEP + 1 }, (_, i) => i * FINE_STEP - FINE);
  return Float32Array.from([...sizes.map((size) => -size).reverse(), ...fine, ...sizes]);
}

/** Of every exponent that a float32 has, the smallest and the largest value, both signs: nothing finite lies outside. */
export function extremeLogits(): Float32Array {
  const exponents = Array.from({ length: 277 }, (_, i) => i - 149);
  const fullest = 2 - 2 ** -23;
  return Float32Array.from(exponents.flatMap((k) => [2 ** k, fullest * 2 ** k]).flatMap((x) => [x, -x]));
}

/** True values, and what errors of the Hessian are held against. */
export interface Truth extends Readonly<Record<Quantity, ArrayLike<number>>> {
  /**
   * |first term| + |second term| of p q^γ [(1 + 2γ) q + γ (q − γ p) log p]. The Hessian has a root, around which no
   * float32 logit and so no float32 answer has a bounded relative error; against this sum it has.
   */
  readonly hessianScale: Float64Array;
}

/** By the float64 reference; a negative label is a positive one of the complement logit, with the slope turned. */
export function truthOf(logits: Float32Array, label: 0 | 1, gamma: number): Truth {
  const sign = label === 1 ? 1 : -1;
  const truth = {
    loss: new Float64Array(logits.length),
    gradient: new Float64Array(logits.length),
    hessian: new Float64Array(logits.length),
    hessianScale: new Float64Array(logits.length),
  };
  logits.forEach((logit, i) => {
    const logProbs = fromLogit(sign * logit);
    const term = focalTerm(logProbs, gamma);
    truth.loss[i] = term.loss;
    truth.gradient[i] = sign * term.gradient;
    truth.hessian[i] = term.hessian;
    const [p, q] = [Math.exp(logProbs.logP), Math.exp(logProbs.logQ)];
    const outside = p * Math.exp(gamma * logProbs.logQ);
    truth.hessianScale[i] = outside * ((1 + 2 * gamma) * q + Math.abs(gamma * (q - gamma * p) * logProbs.logP));
  });
  return truth;
}
