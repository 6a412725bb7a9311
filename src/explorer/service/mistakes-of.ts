import type { BatchFile, Options } from '../batch-files/batch-file.ts';
import { findLabelMistakes, type LabelMistakes } from './label-mistakes.ts';
import type { Problem } from './problem.ts';

/** The labels that a problem is about, counted in the file. Null if it is about none. */
export async function mistakesOf(problem: Problem, file: BatchFile, changes: Options): Promise<LabelMistakes | null> {
  const isOfLabels = problem.errors?.some(({ pointer }) => pointer.startsWith('/labels/')) === true;
  return isOfLabels ? findLabelMistakes(file, changes) : null;
}
