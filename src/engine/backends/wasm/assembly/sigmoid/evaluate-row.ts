import { KernelParams, VARIFOCAL } from '../kernel-params';
import { evaluateFamilyRow } from './evaluate-family-row';
import { evaluateHardRow } from './evaluate-hard-row';
import { evaluateSoftRow } from './evaluate-soft-row';
import { evaluateUnfocusedRow } from './evaluate-unfocused-row';
import { HARD } from './label-factors';

/**
 * Evaluates a loaded row: writes its gradients, if requested, and in place of E the losses, the magnitudes of the gradients and
 * p_t, without weights of samples. What is raised to a power is float64, and the terms are float32.
 *
 * @param from address of the predictions
 * @param at address of the gradients
 * @param firstPair as in `addRows`
 */
export function evaluateRow(
  params: KernelParams,
  row: usize,
  from: usize,
  at: usize,
  firstPair: u32,
  quads: u32,
  form: u32,
): void {
  if (form == HARD && params.family) evaluateFamilyRow(params, row, from, at, firstPair, quads);
  else if (form == HARD) evaluateHardRow(params, row, from, at, firstPair, quads);
  else if (params.softLabels >= VARIFOCAL) evaluateUnfocusedRow(params, row, from, at, firstPair, quads);
  else evaluateSoftRow(params, row, from, at, firstPair, quads);
}
