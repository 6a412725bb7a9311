import type { ValidationIssues } from '../core/validation-issues.ts';
import { IGNORED, type Labels } from './batch.ts';
import { hasUnweightedPositives } from './labelled-term.ts';
import type { Options } from './options.ts';
import { type GammaChoice, hasSides } from './resolve-gamma.ts';

/** An option of the family that is in use, and what it is called in messages. */
interface UsedOption {
  readonly pointer: string;
  /** What it is set to if it is not used. */
  readonly unused: string;
  readonly name: string;
  readonly got: string;
}

/** Rejects combinations of options that have no meaning. */
export function checkFamily(
  options: Options,
  gamma: GammaChoice | undefined,
  labels: Labels,
  issues: ValidationIssues,
): void {
  const { activation, soft_labels, label_smoothing, hessian_form } = options;
  const ofSides = usedOptionsOfSides(options, gamma);
  const poly = options.poly_epsilon === 0 ? [] : [polyOption(options)];
  const hasOwnPositives = activation === 'sigmoid' && hasUnweightedPositives(soft_labels);
  if (activation === 'softmax') {
    reject(ofSides, 'activation "softmax", which has no negatives', issues);
    if (hasUnweightedPositives(soft_labels)) {
      issues.add(() => ({
        pointer: '/soft_labels',
        message: `expected none with activation "softmax", whose soft labels have one meaning; got "${soft_labels}": leave it out, or use sigmoid`,
      }));
    }
  } else if (hasOwnPositives) {
    const smoothing = { pointer: '/label_smoothing', unused: '0', name: 'label_smoothing', got: `${label_smoothing}` };
    reject([...ofSides, ...poly], `soft_labels "${soft_labels}", whose positives have no focusing`, issues);
    if (label_smoothing > 0) reject([smoothing], `soft_labels "${soft_labels}", which needs labels of 0`, issues);
  } else if (soft_labels !== 'termwise') {
    const [needy] = [...ofSides, ...poly];
    if (needy && (label_smoothing > 0 || areSoft(labels))) {
      const why = label_smoothing > 0 ? `label_smoothing ${label_smoothing} makes labels` : 'some labels lie';
      issues.add(() => ({
        pointer: '/soft_labels',
        message: `expected "termwise" with ${needy.name}, as ${why} between 0 and 1; got "${soft_labels}"`,
      }));
    }
  }
  if (hessian_form === 'detached') {
    const margin = ofSides.filter(({ pointer }) => pointer === '/margin');
    reject([...margin, ...poly], 'hessian_form "detached", which is never negative', issues);
  }
}

function usedOptionsOfSides({ margin }: Options, gamma: GammaChoice | undefined): UsedOption[] {
  const used: UsedOption[] = [];
  if (hasSides(gamma)) {
    used.push({ pointer: '/gamma', unused: 'one gamma', name: 'a gamma for each side', got: 'one for each side' });
  }
  if (margin > 0) used.push({ pointer: '/margin', unused: '0', name: 'a margin', got: `${margin}` });
  return used;
}

function polyOption({ poly_epsilon }: Options): UsedOption {
  return { pointer: '/poly_epsilon', unused: '0', name: 'poly_epsilon', got: `${poly_epsilon}` };
}

function reject(used: readonly UsedOption[], beside: string, issues: ValidationIssues): void {
  for (const { pointer, unused, got } of used) {
    issues.add(() => ({ pointer, message: `expected ${unused} with ${beside}; got ${got}` }));
  }
}

/** Whether some labels lie strictly between 0 and 1. */
export function areSoft(labels: Labels): boolean {
  if (!(labels instanceof Float32Array)) return false;
  // A loop takes a tenth of the time of `some`.
  for (let at = 0; at < labels.length; at++) {
    const y = labels[at]!;
    if (y !== 0 && y !== 1 && y !== IGNORED) return true;
  }
  return false;
}
