import type { HyperParameters } from '../hyper-parameters.ts';
import type { LossForm } from '../loss-form.ts';
import type { ClassBreakdown, Evaluation } from '../service/evaluation.ts';
import { whyNoPosterior } from './describe-calibration.ts';

/** What the table's initial logits are for, or why it has none. */
export function describeInitialLogits(
  classes: readonly ClassBreakdown[],
  { calibration }: Evaluation,
  parameters: HyperParameters,
  form: LossForm,
): string {
  if (classes.some(({ initial_logit: logit }) => logit !== undefined)) {
    return 'Prior is the class’s part of the labels. Initial logit is the bias from which training with this γ and α best starts.';
  }
  if (!calibration.posterior) return `${whyNoPosterior(parameters, form)} So classes have no initial logit.`;
  return 'Classes of very large batches have no initial logit here; the output “posterior” of the API has it.';
}
