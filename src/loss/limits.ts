import type { ValidationIssues } from '../core/validation-issues.ts';
import { elementCount, type Layout } from './layout.ts';
import type { Options } from './options.ts';

/** As many float32 predictions as a gigabyte holds. Sums of batches add up: more go in several. */
export const MAX_ELEMENTS = 2 ** 28;

/**
 * A class takes about 600 bytes while it is computed, whatever the samples: its options, its sums and the kernel's own.
 * So many take 150 MB, though one sample of them may be half a megabyte. The largest vocabularies have so many.
 */
export const MAX_CLASSES = 2 ** 18;

/** In the breakdown a class takes 2.4 kB more: its numbers as objects, and their text. So many take 80 MB. */
export const MAX_BREAKDOWN_CLASSES = 2 ** 15;

/** Refuses batches that would take memory out of proportion to their bytes; checked before any is allocated. */
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
