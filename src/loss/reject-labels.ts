import { toFloat32 } from '../core/float16/float16.ts';
import type { ValidationIssues } from '../core/validation-issues.ts';
import { everyRejectedByte } from './label-scan/label-scan.ts';
import { RejectedLabels } from './rejected-labels.ts';
import type { LabelTensor } from './tensor.ts';

/** Labels that are converted at a time: a copy of all of them could be four times as large. */
const BLOCK = 2 ** 12;
/** Their copies. New ones for each batch would be garbage that piles up. */
const float32s = new Float32Array(BLOCK);
const float64s = new Float64Array(BLOCK);

/** The bits of −0 as a float of 16 bits. */
const NEGATIVE_ZERO = 0x8000;

/** What is said of labels that are rejected. */
export interface LabelRejection {
  readonly expected: string;
  /** What to do about a value. */
  readonly cureOf: (value: number | bigint, hasZero: boolean) => string;
}

/**
 * Says which labels are wrong; the scans only say that some are. Integers that float64 cannot hold could be taken for others,
 * so that they are reported alone.
 */
export function rejectLabels(
  labels: LabelTensor,
  { expected, cureOf }: LabelRejection,
  isValid: (label: number) => boolean,
  issues: ValidationIssues,
): void {
  const before = issues.count;
  if (isWide(labels)) {
    const { rejected } = findRejected(labels, Number.isSafeInteger);
    rejected.report(labels, 'an integer below 2^53 in size', () => '', issues);
  }
  if (issues.count > before) return;
  const { rejected, hasZero } = findRejected(labels, isValid);
  rejected.report(labels, expected, (value) => cureOf(value, hasZero), issues);
}

/** Labels of 8 bits that are 0 and 1, which the thread of the HTTP server may check: only wrong ones are looked at one by one. */
export function rejectBytes(
  labels: LabelTensor & { readonly values: Uint8Array | Int8Array },
  { expected, cureOf }: LabelRejection,
  ignoreIndex: number,
  issues: ValidationIssues,
): void {
  const rejected = new RejectedLabels();
  everyRejectedByte(labels.values, ignoreIndex, (position) => {
    rejected.add(labels.values[position]!, position);
    return !rejected.areEnough;
  });
  rejected.report(labels, expected, (value) => cureOf(value, true), issues); // Only that of class indices depends on 0.
}

function findRejected(
  labels: LabelTensor,
  isValid: (label: number) => boolean,
): { rejected: RejectedLabels; hasZero: boolean } {
  const { values } = labels;
  const isInteger64 = isWide(labels);
  const rejected = new RejectedLabels();
  let hasZero = false;
  for (let start = 0; start < values.length && !rejected.areEnough; start += BLOCK) {
    const block = values.subarray(start, start + BLOCK);
    const numbers = toNumbers({ ...labels, values: block });
    for (let i = 0; i < block.length && !rejected.areEnough; i++) {
      const number = numbers[i]!;
      hasZero ||= number === 0;
      if (isValid(number)) continue;
      // Neighbouring integers of 64 bits may be one float64.
      const isExact = !isInteger64 || Number.isSafeInteger(number);
      rejected.add(isExact ? number : block[i]!, start + i);
    }
  }
  return { rejected, hasZero: hasZero || (rejected.areEnough && includesZero(labels)) };
}

/** In labels that have not been looked at, too. */
function includesZero({ values, format }: LabelTensor): boolean {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return values.includes(0n);
  return values.includes(0) || (format !== undefined && values.includes(NEGATIVE_ZERO));
}

function isWide({ values }: LabelTensor): boolean {
  return values instanceof BigInt64Array || values instanceof BigUint64Array;
}

/** A block of labels, those of 64 bits as the nearest float64. */
function toNumbers({ values, format }: LabelTensor): Exclude<LabelTensor['values'], BigInt64Array | BigUint64Array> {
  if (format !== undefined) return toFloat32(values as Uint16Array, format, float32s);
  if (!(values instanceof BigInt64Array || values instanceof BigUint64Array)) return values;
  // A BigInt per number would take ten times as long as two halves of 32 bits.
  const { buffer, byteOffset, length } = values;
  const low = new Uint32Array(buffer, byteOffset, 2 * length);
  const high = values instanceof BigInt64Array ? new Int32Array(buffer, byteOffset, 2 * length) : low;
  for (let i = 0; i < length; i++) float64s[i] = high[2 * i + 1]! * 2 ** 32 + low[2 * i]!;
  return float64s;
}
