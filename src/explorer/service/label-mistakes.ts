import type { BatchFile, Options } from '../batch-files/batch-file.ts';
import { count } from '../format.ts';
import { inForce } from '../option-specs.ts';
import type { Cure } from './cure.ts';

/** Labels of one value that the service rejects, and what they may stand for. */
export interface LabelGroup {
  readonly text: string;
  readonly cures: readonly Cure[];
}

export interface LabelMistakes {
  readonly groups: readonly LabelGroup[];
  /** What holds for all labels. */
  readonly cures: readonly Cure[];
  readonly note: string | null;
}

const SHOWN_GROUPS = 8;
const DEFAULT_IGNORED = -100;

/** Counts the labels of a batch that are not valid, in the file itself. Null if there are none, or the page cannot tell. */
export async function findLabelMistakes(file: BatchFile, changes: Options): Promise<LabelMistakes | null> {
  const { facts } = file;
  if (!facts) return null;
  const options = inForce(file.options, changes);
  const form = labelFormOf(facts.predictions.shape, facts.labelShape, options);
  if (form === null) return null;

  const first = options.first_label === 1 ? 1 : 0;
  const summary = await facts.countLabels(form, first);
  const ignored = options.ignore_index ?? DEFAULT_IGNORED;
  const background = form === 'dense' ? undefined : options.background_index;
  const wrong = [...summary.outside].filter(([value]) => value !== ignored && value !== background);
  if (wrong.length === 0 && summary.more === 0) return null;

  const sorted = wrong.toSorted(([, a], [, b]) => b - a);
  const isSigmoid = options.activation !== 'softmax';
  const mayBeBackground = isSigmoid && form !== 'dense' && background === undefined;
  const mayBeIgnored = options.ignore_index === undefined;
  const isTwoValued = form === 'dense' && summary.zeros === 0 && summary.outside.has(-1);
  const groups = sorted.slice(0, SHOWN_GROUPS).map(([value, times]) => {
    const cures: Cure[] = [];
    const isInteger = Number.isInteger(value) && Math.abs(value) < 2 ** 31;
    if (isInteger && mayBeBackground)
      cures.push({ label: 'treat as background', changes: { background_index: value } });
    if (isInteger && mayBeIgnored && !isTwoValued) cures.push({ label: 'ignore', changes: { ignore_index: value } });
    return { text: `${signedNumber(value)} at ${count(times)} ${times === 1 ? 'place' : 'places'}`, cures };
  });
  const remaining = sorted.slice(SHOWN_GROUPS).reduce((sum, [, times]) => sum + times, summary.more);
  if (remaining > 0) groups.push({ text: `other values at ${count(remaining)} places`, cures: [] });

  const cures: Cure[] = [];
  if (form !== 'dense' && first === 0 && summary.ofClassCount > 0) {
    if (summary.zeros === 0)
      cures.push({ label: `labels start at 1: subtract 1 from all`, changes: { first_label: 1 } });
    else if (mayBeBackground) {
      const label = `0 is the background, and the classes are 1 to ${form}`;
      cures.push({ label, changes: { first_label: 1, background_index: 0 } });
    }
  }
  const note = isTwoValued
    ? 'No label is 0. If −1 stands for negatives, save the labels as 0 and 1: (labels + 1) / 2.'
    : null;
  return { groups, cures, note };
}

/**
 * Dense labels have the shape of the predictions. Others are indices of so many classes, which under sigmoid are 0 and 1 if there
 * is one class. Null if the shapes do not fit.
 */
function labelFormOf(
  predictions: readonly number[],
  labels: readonly number[],
  { activation, class_axis: axis, background_index: background }: Options,
): number | 'dense' | null {
  const same = (one: readonly number[], other: readonly number[]) => one.join() === other.join();
  if (same(predictions, labels)) return 'dense';
  const at = axisOf(axis, predictions.length);
  if (predictions.length < 2 || at === null) return null;
  const samples = predictions.toSpliced(at, 1);
  if (!same(samples, labels) && !same([...samples, 1], labels)) return null;
  const classes = predictions[at]!;
  return classes === 1 && activation !== 'softmax' && background === undefined ? 2 : classes;
}

function axisOf(axis: unknown, rank: number): number | null {
  const at = typeof axis === 'number' ? (axis < 0 ? axis + rank : axis) : rank - 1;
  return at >= 0 && at < rank ? at : null;
}

/** The class axes with which labels fit as class indices. */
export function fittingAxes(predictions: readonly number[], labels: readonly number[]): number[] {
  return predictions.flatMap((_, axis) => (predictions.toSpliced(axis, 1).join() === labels.join() ? [axis] : []));
}

function signedNumber(value: number): string {
  return String(value).replace('-', '−');
}
