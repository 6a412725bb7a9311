import type { Batch } from '../loss/batch.ts';
import { type ClassColumn, type ClassColumns, columnsFrom } from '../loss/class-columns.ts';
import type { Totals } from '../loss/evaluation.ts';
import { type Summary, summarize } from '../loss/summarize.ts';
import { CALIBRATION_TENSORS } from './calibration-tensors.ts';
import { DIFFICULTY_TENSORS, PER_CLASS_TENSORS, type PlacedTensor, PRIOR_TENSORS } from './response-tensors.ts';

// The tensors of a response that the engine does not write.

const COLUMNS = new Map<string, ClassColumn>(
  [...PER_CLASS_TENSORS, ...PRIOR_TENSORS].map(({ name, column }) => [name, column]),
);
const DIFFICULTY_READERS = new Map(DIFFICULTY_TENSORS.map(({ name, read }) => [name, read]));
const CALIBRATION_READERS = new Map(CALIBRATION_TENSORS.map(({ name, read }) => [name, read]));

/** The numbers of a tensor that the engine does not write; NaN where the divisor is 0. */
export function summaryNumbers(summary: Summary, name: string): Float64Array {
  if (name === 'loss' || name === 'sum' || name === 'denominator') return Float64Array.of(summary[name]!);
  if (name === 'alpha') return summary.alpha!;
  const readDifficulty = DIFFICULTY_READERS.get(name);
  if (readDifficulty) return Float64Array.from(readDifficulty(summary.difficulty!), (value) => value ?? Number.NaN);
  const readCalibration = CALIBRATION_READERS.get(name);
  if (readCalibration) return Float64Array.from(readCalibration(summary.calibration!), (value) => value ?? Number.NaN);
  return summary.per_class![COLUMNS.get(name)!]!;
}

/**
 * Summarizes a batch and writes those tensors that the engine does not write.
 *
 * @returns the summary, without those columns of the breakdown that are among the tensors
 */
export function writeSummaryTensors(batch: Batch, totals: Totals, tensors: readonly PlacedTensor[]): Summary {
  const summary = summarize(batch, totals, placedColumns(batch, tensors));
  for (const { name, output, dtype, bytes } of tensors) {
    if (output !== undefined) continue;
    const numbers = summaryNumbers(summary, name);
    if (dtype === 'I64') writeCounts(bytes, numbers);
    else if (!isAt(numbers, bytes)) bytes.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
  }
  return summary;
}

/** The columns of the breakdown where the tensors are: copies of tens of thousands of classes would take milliseconds. */
function placedColumns(batch: Batch, tensors: readonly PlacedTensor[]): ClassColumns | undefined {
  const { classes } = batch.layout;
  if (!batch.outputs.includes('per_class')) return undefined;
  const placed = new Map(tensors.map(({ name, bytes }) => [COLUMNS.get(name), bytes]));
  return columnsFrom(batch, (column) => {
    const bytes = placed.get(column);
    return bytes ? new Float64Array(bytes.buffer, bytes.byteOffset, classes) : new Float64Array(classes);
  });
}

function isAt(numbers: Float64Array, bytes: Uint8Array): boolean {
  return numbers.buffer === bytes.buffer && numbers.byteOffset === bytes.byteOffset;
}

/**
 * A count has 53 bits at most. A typed array keeps the lower 32 bits of a number that is assigned.
 *
 * @param bytes where the counts may be already, as float64
 */
function writeCounts({ buffer, byteOffset }: Uint8Array, counts: Float64Array): void {
  const words = new Uint32Array(buffer, byteOffset, 2 * counts.length);
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    words[2 * i] = count;
    words[2 * i + 1] = count / 2 ** 32;
  }
}
