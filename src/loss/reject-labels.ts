import { toFloat32 } from '../core/float16/float16.ts';
import { MAX_COUNTED_ISSUES, MAX_LISTED_ISSUES, type ValidationIssues } from '../core/validation-issues.ts';
import { countRejectedBytes } from './label-scan/label-scan.ts';
import { type LabelTensor, placeIn } from './tensor.ts';

/** Labels that are converted at a time: a copy of all of them could be four times as large. */
const BLOCK = 2 ** 12;
/** Their copies. New ones for each batch would be garbage that piles up. */
const float32s = new Float32Array(BLOCK);
const float64s = new Float64Array(BLOCK);

/**
 * Says which labels are wrong; the scans only say that some are. Integers that float64 cannot hold could be taken for others,
 * so that they are reported alone.
 */
export function rejectLabels(
  labels: LabelTensor,
  expected: string,
  isValid: (label: number) => boolean,
  issues: ValidationIssues,
): void {
  const before = issues.count;
  if (isWide(labels)) addIssues(labels, 'an integer below 2^53 in size', Number.isSafeInteger, issues);
  if (issues.count === before) addIssues(labels, expected, isValid, issues);
}

/** Dense labels of 8 bits, which the thread of the HTTP server may check: only those that are listed are looked at one by one. */
export function rejectBytes(
  labels: LabelTensor & { readonly values: Uint8Array | Int8Array },
  expected: string,
  ignoreIndex: number,
  issues: ValidationIssues,
): void {
  const { values } = labels;
  countRejectedBytes(values, ignoreIndex, (rejected, start, next) => {
    const listed = Math.min(rejected, Math.max(0, MAX_LISTED_ISSUES - issues.count));
    for (let i = 0, at = next(0); i < listed; i++, at = next(at + 1)) {
      const position = start + at;
      const message = `expected ${expected}, got ${values[position]}`;
      issues.add(() => ({ ...placeIn('labels', labels, position), message }));
    }
    issues.addUnlisted(Math.min(rejected - listed, MAX_COUNTED_ISSUES - issues.count));
    return !issues.areEnough;
  });
}

function addIssues(
  labels: LabelTensor,
  expected: string,
  isValid: (label: number) => boolean,
  issues: ValidationIssues,
): void {
  const { values, format } = labels;
  for (let start = 0; start < values.length && !issues.areEnough; start += BLOCK) {
    const block = values.subarray(start, start + BLOCK);
    const numbers = toNumbers({ ...labels, values: block });
    for (let i = 0; i < block.length && !issues.areEnough; i++) {
      if (isValid(numbers[i]!)) continue;
      const actual = format === undefined ? block[i] : numbers[i];
      issues.add(() => ({ ...placeIn('labels', labels, start + i), message: `expected ${expected}, got ${actual}` }));
    }
  }
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
