import type { Batch } from '../../../src/loss/batch.ts';
import { readClassNames } from '../../../src/loss/class-names.ts';

/** The name of a batch's first class, by which tests tell threads what to do; empty if there is none. */
export function firstClassName({ classNames }: Batch): string {
  return (classNames && readClassNames(classNames)[0]) ?? '';
}
