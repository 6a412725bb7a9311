import type { ClassColumn, ClassColumns, CountColumn, NumberColumn, PriorColumn } from '../../loss/class-columns.ts';
import { type ClassNames, readClassNames } from '../../loss/class-names.ts';
import { type RowText, writeRows } from './write-rows.ts';

/** The fields of a class behind its index and its name, each with the text before it. */
const FIELDS: readonly (readonly [text: string, CountColumn | NumberColumn])[] = [
  [',"positives":', 'positives'],
  [',"negatives":', 'negatives'],
  [',"ignored":', 'ignored'],
  [',"loss":{"positive":', 'loss.positive'],
  [',"negative":', 'loss.negative'],
  [',"total":', 'loss.total'],
  [',"share":', 'loss.share'],
  ['},"cross_entropy":{"positive":', 'cross_entropy.positive'],
  [',"negative":', 'cross_entropy.negative'],
  [',"total":', 'cross_entropy.total'],
  [',"share":', 'cross_entropy.share'],
  ['},"gradient_l1":{"positive":', 'gradient_l1.positive'],
  [',"negative":', 'gradient_l1.negative'],
  [',"total":', 'gradient_l1.total'],
  [',"share":', 'gradient_l1.share'],
  ['},"mean_pt":{"positive":', 'mean_pt.positive'],
  [',"negative":', 'mean_pt.negative'],
  ['},"true_positives":', 'true_positives'],
  [',"false_positives":', 'false_positives'],
  [',"false_negatives":', 'false_negatives'],
];
/** Behind them with the output `posterior`. */
const PRIOR_FIELDS: readonly (readonly [text: string, PriorColumn])[] = [
  [',"prior":', 'prior'],
  [',"initial_logit":', 'initial_logit'],
];
const NAMED_ROW = rowOf(FIELDS);
const NAMED_ROW_WITH_PRIOR = rowOf([...FIELDS, ...PRIOR_FIELDS]);
const BEFORE_INDEX = ',{"class":';
const ROW: RowText = [BEFORE_INDEX, ...NAMED_ROW];
const ROW_WITH_PRIOR: RowText = [BEFORE_INDEX, ...NAMED_ROW_WITH_PRIOR];

function rowOf(fields: readonly (readonly [text: string, ClassColumn])[]): RowText {
  return [...fields.map(([text]) => text), '}'];
}

const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/**
 * Writes the breakdown as an array of objects, one per class, in the order of `summarySchema`. To build the objects would
 * take ten times as long.
 *
 * @returns the offset behind it
 */
export function writeBreakdown(target: Buffer, offset: number, columns: ClassColumns, names?: ClassNames): number {
  const { prior, initial_logit } = columns;
  const ofAll = FIELDS.map(([, column]) => columns[column]);
  const numbers = prior && initial_logit ? [...ofAll, prior, initial_logit] : ofAll;
  const at = names
    ? writeNamedRows(target, offset, prior ? NAMED_ROW_WITH_PRIOR : NAMED_ROW, numbers, readClassNames(names))
    : writeRows(target, offset, prior ? ROW_WITH_PRIOR : ROW, [
        Float64Array.from(numbers[0]!, (_, c) => c),
        ...numbers,
      ]);
  target[offset] = OPEN_ARRAY; // In place of the first comma.
  target[at] = CLOSE_ARRAY;
  return at + 1;
}

function writeNamedRows(
  target: Buffer,
  offset: number,
  row: RowText,
  numbers: readonly Float64Array[],
  names: readonly string[],
): number {
  let at = offset;
  names.forEach((name, c) => {
    at += target.write(`,{"class":${c},"name":${JSON.stringify(name)}`, at);
    at = writeRows(target, at, row, numbers, c, c + 1);
  });
  return at;
}
