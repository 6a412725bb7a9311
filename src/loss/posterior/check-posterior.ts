import type { ValidationIssue } from '../../core/service-error.ts';
import type { Labels } from '../batch.ts';
import { areSoft } from '../check-family.ts';
import { hasUnweightedPositives } from '../labelled-term.ts';
import type { Options } from '../options.ts';
import { type GammaChoice, hasSides } from '../resolve-gamma.ts';

/** The options with which a posterior has no meaning: the optimum of such a loss is another than that of focal loss. */
export function posteriorIssues(options: Options, gamma: GammaChoice | undefined, labels: Labels): ValidationIssue[] {
  const { activation, margin, poly_epsilon, label_smoothing, focusing, soft_labels } = options;
  const issues: ValidationIssue[] = [];
  const reject = (name: string, expected: string, got: string) => {
    const message = `expected ${expected} with output "posterior", which is of focal loss with hard labels alone; got ${got}: leave one of the two out`;
    issues.push({ pointer: `/${name}`, message });
  };
  if (hasSides(gamma)) reject('gamma', 'one gamma', 'one for each side');
  if (margin > 0) reject('margin', '0', `${margin}`);
  if (poly_epsilon !== 0) reject('poly_epsilon', '0', `${poly_epsilon}`);
  if (label_smoothing > 0) reject('label_smoothing', '0', `${label_smoothing}`);
  if (focusing === 'detached') reject('focusing', '"differentiated"', '"detached"');
  if (activation === 'softmax') return issues;
  if (hasUnweightedPositives(soft_labels)) {
    reject('soft_labels', '"interpolated", "termwise" or "quality"', `"${soft_labels}"`);
  } else if (soft_labels !== 'termwise' && areSoft(labels)) {
    reject('soft_labels', '"termwise"', `"${soft_labels}" and labels between 0 and 1`);
  }
  return issues;
}
