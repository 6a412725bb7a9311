import type { Options } from '../batch-files/batch-file.ts';
import type { Cure } from './cure.ts';

/** Options in force that softmax has not. */
const SIGMOID_ONLY = ['margin', 'background_index', 'soft_labels'];

/** Changes of options that a warning asks for. */
export function curesOfWarning(code: string, options: Options): Cure[] {
  switch (code) {
    case 'probabilities_as_logits':
      return [{ label: 'treat them as probabilities', changes: { predictions_as: 'probabilities' } }];
    case 'softmax_logits_under_sigmoid': {
      const removed = SIGMOID_ONLY.filter((name) => name in options).map((name) => [name, undefined]);
      return [{ label: 'use softmax', changes: { activation: 'softmax', ...Object.fromEntries(removed) } }];
    }
    case 'softmax_rows_not_one_hot':
      return [{ label: 'use sigmoid', changes: { activation: 'sigmoid' } }];
    case 'class_never_labelled':
      return [{ label: 'labels start at 1: subtract 1 from all', changes: { first_label: 1 } }];
    case 'everything_ignored':
      return 'ignore_index' in options
        ? [{ label: 'leave out ignore_index', changes: { ignore_index: undefined } }]
        : [];
    default:
      return [];
  }
}
