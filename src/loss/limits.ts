import type { ValidationIssues } from '../core/validation-issues.ts';
import type { Batch } from './batch.ts';
import type { Options } from './options.ts';
import { elementCount, type Layout } from './tensor.ts';

/** The most axes that predictions may have. */
export const MAX_RANK = 5;

/** The largest number of elements: 1 GiB of float32 predictions. Larger batches can be split, since their sums add up. */
export const MAX_ELEMENTS = 2 ** 28;

/** What a class takes for its options and sums, however few samples there are. */
const CLASS_BYTES = 600;
/** What a class of a breakdown takes more: 20 numbers, and what they are computed from. */
const BREAKDOWN_CLASS_BYTES = 400;
/** Likewise with priors: 2 numbers, and those of the equation that is solved for initial logits. */
const PRIOR_CLASS_BYTES = 100;
/** What a class's name takes more as a string, and each byte of the names' JSON. */
const NAME_BYTES = 40;
const NAME_TEXT_BYTES = 2;

/** The largest number of classes, that of the largest vocabularies: 150 MB for a sample that may be half a megabyte. */
export const MAX_CLASSES = 2 ** 18;

/** The largest number of classes with a breakdown: up to 35 MB of text more. */
export const MAX_BREAKDOWN_CLASSES = 2 ** 15;

/** The memory that the classes of a batch take as JavaScript values, beside all tensors. */
export function classMemoryBytes({
  layout,
  outputs,
  classNames,
}: Pick<Batch, 'layout' | 'outputs' | 'classNames'>): number {
  const breakdown = outputs.includes('per_class') ? BREAKDOWN_CLASS_BYTES : 0;
  const priors = outputs.includes('per_class') && outputs.includes('posterior') ? PRIOR_CLASS_BYTES : 0;
  const unnamed = layout.classes * (CLASS_BYTES + breakdown + priors);
  return classNames ? unnamed + layout.classes * NAME_BYTES + NAME_TEXT_BYTES * classNames.length : unnamed;
}
/**
 * The largest number of evaluations of an element in one request: half a minute of one core with the slowest kernel. Only a
 * sweep can exceed it.
 */
export const MAX_ELEMENT_EVALUATIONS = 2 ** 30;

/** Rejects batches that would take memory out of proportion to their size. It is called before memory is allocated. */
export function checkLimits(
  layout: Layout,
  outputs: Options['outputs'],
  source: 'logits' | 'probabilities',
  issues: ValidationIssues,
): void {
  const elements = elementCount(layout);
  if (elements > MAX_ELEMENTS) {
    issues.add(() => ({
      pointer: `/${source}`,
      message: `expected at most ${MAX_ELEMENTS} elements (max_elements), got ${elements}`,
    }));
  }
  const { classes } = layout;
  if (classes > MAX_CLASSES) {
    issues.add(() => ({
      pointer: `/${source}`,
      message: `expected at most ${MAX_CLASSES} classes (max_classes), got ${classes}`,
    }));
  } else if (classes > MAX_BREAKDOWN_CLASSES && outputs.includes('per_class')) {
    issues.add(() => ({
      pointer: '/outputs',
      message: `expected no "per_class" beyond ${MAX_BREAKDOWN_CLASSES} classes (max_breakdown_classes), got ${classes}`,
    }));
  }
}
