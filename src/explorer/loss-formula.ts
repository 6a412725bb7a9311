import { signed } from './format.ts';
import type { Alpha, HyperParameters } from './hyper-parameters.ts';
import { hasOwnPositives, type LossForm } from './loss-form.ts';

/** A formula in the notation of `formatFormula`, and what is in front of it: which labels have that loss, if not all have it. */
export interface LossFormula {
  readonly labels: string | null;
  readonly formula: string;
}

/** The formulas of the loss in force. What has a control is a letter, and what only the file has, a number. */
export function lossFormulas({ gamma, alpha }: HyperParameters, form: LossForm): LossFormula[] {
  const { softLabels, margin } = form;
  const hasSides = typeof gamma !== 'number' || margin > 0;
  if (hasOwnPositives(form)) return ownFormulas(alpha, softLabels);
  if (hasSides) return sideFormulas(typeof gamma !== 'number', alpha, form);
  const focal =
    softLabels === 'quality' && !form.softmax
      ? `QFL(p) = ${factor('α_t', alpha)}|y − p|^{γ} BCE(p, y)`
      : `FL(p_t) = −${factor('α_t', alpha)}(1 − p_t)^{γ} log p_t`;
  return [{ labels: null, formula: `${focal}${polyTerm('(1 − p_t)', 'γ', form)}` }];
}

function ownFormulas(alpha: Alpha, softLabels: string): LossFormula[] {
  const above =
    softLabels === 'varifocal' ? '−t (t log p + (1 − t) log(1 − p))' : '−t^{γ} log p − (1 − t^{γ}) log(1 − p)';
  return [
    { labels: 'labels t > 0', formula: above },
    { labels: 'labels of 0', formula: `−${factor('α', alpha)}p^{γ} log(1 − p)` },
  ];
}

function sideFormulas(hasTwoGammas: boolean, alpha: Alpha, form: LossForm): LossFormula[] {
  const { margin } = form;
  const [positive, negative] = hasTwoGammas ? ['γ_+', 'γ_−'] : ['γ', 'γ'];
  const p = margin > 0 ? 'p_m' : 'p';
  return [
    {
      labels: 'positives',
      formula: `−${factor('α', alpha)}(1 − p)^{${positive}} log p${polyTerm('(1 − p)', positive, form)}`,
    },
    {
      labels: 'negatives',
      formula: `−${factor('(1 − α)', alpha)}${p}^{${negative}} log(1 − ${p})${polyTerm(p, negative, form)}`,
    },
    ...(margin > 0 ? [{ labels: 'where', formula: `p_m = max(p − ${margin}, 0)` }] : []),
  ];
}

/** Poly-1, with ε as a number. */
function polyTerm(rest: string, gamma: string, { polyEpsilon }: LossForm): string {
  if (polyEpsilon === 0) return '';
  const size = Math.abs(polyEpsilon);
  return ` ${polyEpsilon < 0 ? '−' : '+'} ${size === 1 ? '' : `${signed(size)} `}${rest}^{${gamma} + 1}`;
}

function factor(name: string, alpha: Alpha): string {
  return alpha === null ? '' : `${name} `;
}
