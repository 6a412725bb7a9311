import type { ValidationIssue } from '../core/service-error.ts';

/** Whether γ is valid with `soft_labels: "quality"`: |p − y|^γ has no finite gradient at p = y for 0 < γ < 1. */
export function isQualityGamma(gamma: number): boolean {
  return !(gamma > 0 && gamma < 1);
}

/** @param place the location of the invalid γ in the request */
export function qualityGammaIssue(gamma: number, place: Omit<ValidationIssue, 'message'>): ValidationIssue {
  return { ...place, message: `expected 0 or a number ≥ 1 with soft_labels "quality", got ${gamma}` };
}
