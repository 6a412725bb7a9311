import type { BatchFile, Options } from '../batch-files/batch-file.ts';
import { inForce } from '../option-specs.ts';
import type { Cure } from './cure.ts';
import { fittingAxes } from './label-mistakes.ts';
import type { Problem } from './problem.ts';

/** What the page cannot leave out, because it sets it itself or nothing would be left. */
const NEVER_LEFT_OUT = new Set(['logits', 'probabilities', 'labels', 'gamma', 'alpha', 'outputs']);
const MAX_CURES = 4;

/** Changes of options that probably cure what the service rejects, apart from single labels. */
export function curesOfProblem({ errors = [] }: Problem, file: BatchFile, changes: Options): Cure[] {
  const options = inForce(file.options, changes);
  const cures = new Map<string, Cure>();
  const add = (cure: Cure) => cures.set(JSON.stringify(cure), cure);
  for (const { pointer, message } of errors) {
    const [, field = '', ...rest] = pointer.split('/');
    if (field === 'probabilities' && rest.length > 0) {
      if (message.includes('add up to 1')) add({ label: 'use sigmoid', changes: { activation: 'sigmoid' } });
      add({ label: 'send them as logits', changes: { predictions_as: 'logits' } });
    } else if (pointer === '/labels' && file.facts) {
      for (const axis of fittingAxes(file.facts.predictions.shape, file.facts.labelShape)) {
        add({ label: `the classes are on axis ${axis}`, changes: { class_axis: axis } });
      }
    } else if (message.includes('at least 2') && message.includes('softmax')) {
      add({ label: 'use sigmoid', changes: { activation: 'sigmoid' } });
    } else if (field === 'soft_labels' && message.startsWith('expected "termwise"')) {
      add({ label: 'use termwise soft labels', changes: { soft_labels: 'termwise' } });
    } else if (rest.length === 0 && field in options && !NEVER_LEFT_OUT.has(field)) {
      add({ label: `leave out ${field}`, changes: { [field]: undefined } });
    }
  }
  return [...cures.values()].slice(0, MAX_CURES);
}
