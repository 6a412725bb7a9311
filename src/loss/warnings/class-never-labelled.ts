import { type Batch, IGNORED } from '../batch.ts';
import { type ClassSums, readSums, SUM_FIELDS } from '../class-sums.ts';
import { wantsAllSums } from '../evaluation.ts';
import { sampleCount } from '../tensor.ts';
import { MAX_PLACES, placeOf } from './batch-sample.ts';
import type { Warning } from './warning.ts';

/** As many are searched for a 0 if they have not been counted by class: that takes some ms. */
const MAX_SEARCHED = 2 ** 20;
const MIN_CLASSES = 4;
const MAX_CLASSES = 128;
/** Of class 0, in the sums. */
const POSITIVE_COUNT = SUM_FIELDS.indexOf('count');
/** Of n labels for each class, class 0 has none by chance in one of e^n batches. */
const MIN_MEAN = 10;
/** If a class is rare, class 0 may be rarer still. */
const MIN_SHARE = 0.3;

/**
 * Class 0 without a label while all others have many: labels that count from 1. Not in maps of images, where few objects have all
 * labels, so that a class may well be nowhere.
 */
export function findClassNeverLabelled(batch: Batch, sums: ClassSums | undefined): Warning | undefined {
  const { classes } = batch.layout;
  if (classes < MIN_CLASSES || classes > MAX_CLASSES || batch.sampleShape.length > 1) return undefined;
  if (sampleCount(batch.layout) < MIN_MEAN * (classes - 1)) return undefined;
  const counted = sums && wantsAllSums(batch) ? sums : undefined;
  if (counted && counted[POSITIVE_COUNT] !== 0) return undefined;
  const counts = batch.labels instanceof Int32Array ? countIndices(batch, batch.labels) : countOneHot(batch, counted);
  if (counts === undefined || !hasManyOfAllOthers(counts)) return undefined;
  if (batch.labels instanceof Int32Array && counted === undefined && mayHaveZero(batch.labels)) return undefined;
  return {
    code: 'class_never_labelled',
    message: `no label is class 0, while each of the other ${classes - 1} classes has many: if the labels count from 1, subtract 1, because class indices are 0 to ${classes - 1}`,
    pointer: '/labels',
  };
}

/**
 * Undefined as soon as there is a 0. Neighbours with the same label count once: a detector has several anchors for an object.
 */
function countIndices({ layout }: Batch, labels: Int32Array): Float64Array | undefined {
  const counts = new Float64Array(layout.classes);
  const all = sampleCount(layout);
  const places = Math.min(MAX_PLACES, all);
  let before = IGNORED;
  for (let i = 0; i < places; i++) {
    const label = labels[placeOf(i, places, all)]!;
    if (label === 0) return undefined;
    if (label > IGNORED && label !== before) counts[label]!++;
    before = label;
  }
  return counts;
}

/** Whether some class index is 0, also of those that were not looked at. */
function mayHaveZero(labels: Int32Array): boolean {
  return labels.length > MAX_SEARCHED || labels.includes(0);
}

/** Undefined if the labels are not one-hot, or have not been counted by class. */
function countOneHot({ counts, layout }: Batch, sums: ClassSums | undefined): Float64Array | undefined {
  if (sums === undefined) return undefined;
  if (counts.positives !== counts.samples - counts.ignored / layout.classes) return undefined;
  return readSums(sums, 'positive', 'count');
}

function hasManyOfAllOthers(counts: Float64Array): boolean {
  const rest = counts.subarray(1);
  const mean = rest.reduce((total, count) => total + count, 0) / rest.length;
  return counts[0] === 0 && mean >= MIN_MEAN && rest.every((count) => count >= MIN_SHARE * mean);
}
