import type { ValidationIssue } from '../core/service-error.ts';
import type { ValidationIssues } from '../core/validation-issues.ts';
import type { Batch } from './batch.ts';
import { broadcast, NON_NEGATIVE } from './broadcast.ts';
import type { Side } from './class-sums.ts';
import type { Tensor } from './tensor.ts';

/** γ in a request: a number for all classes or one per class, for both sides or each of them. */
export type GammaChoice = number | Tensor | { readonly [side in Side]: number | Tensor };

/** Whether each side has a γ of its own. */
export function hasSides(gamma: GammaChoice | undefined): gamma is { readonly [side in Side]: number | Tensor } {
  return typeof gamma === 'object' && 'positive' in gamma;
}

export const DEFAULT_GAMMA = 2;

/** Broadcasts γ over the classes, for each side. */
export function resolveGamma(given: GammaChoice, classes: number, issues: ValidationIssues): Batch['gamma'] {
  if (!hasSides(given)) {
    const gamma = broadcast('gamma', given, classes, NON_NEGATIVE, issues);
    return { positive: gamma, negative: gamma };
  }
  return {
    positive: broadcast('gamma/positive', given.positive, classes, NON_NEGATIVE, issues),
    negative: broadcast('gamma/negative', given.negative, classes, NON_NEGATIVE, issues),
  };
}

/** Finds the first γ that is not valid with `soft_labels: "quality"`. */
export function rejectSmallGamma(gamma: Float64Array, given: GammaChoice | undefined, issues: ValidationIssues): void {
  const wrong = gamma.findIndex((value) => !isQualityGamma(value));
  if (wrong < 0) return;
  const name = hasSides(given) ? '/gamma/positive' : '/gamma';
  const isList = typeof (hasSides(given) ? given.positive : given) === 'object';
  const place = isList ? { pointer: `${name}/${wrong}`, index: [wrong] } : { pointer: name };
  issues.add(() => qualityGammaIssue(gamma[wrong]!, place));
}

/** Whether γ is valid with `soft_labels: "quality"`: |p − y|^γ has no finite gradient at p = y for 0 < γ < 1. */
export function isQualityGamma(gamma: number): boolean {
  return !(gamma > 0 && gamma < 1);
}

/** @param place the location of the invalid γ in the request */
export function qualityGammaIssue(gamma: number, place: Omit<ValidationIssue, 'message'>): ValidationIssue {
  return { ...place, message: `expected 0 or a number ≥ 1 with soft_labels "quality", got ${gamma}` };
}
