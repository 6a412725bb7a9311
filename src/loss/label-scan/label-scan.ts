import { copyNumbers } from '../../core/copy-bytes.ts';
import type { Float16Format } from '../../core/float-format.ts';
import { BLOCK, blockAsInt32, everyBlock, type LabelValues, labelModule, widenBlock } from './label-blocks.ts';

// Checks, counts and converts labels, each read once.

/** Labels that are all valid, and their counts. */
export interface ScannedLabels<Values> {
  /** As those of a batch: the labels that were scanned, if they are that already. */
  readonly values: Values;
  readonly ignored: number;
  /** Class indices that are the background index. */
  readonly background: number;
  /** Dense labels of at least ½, or class indices. */
  readonly positives: number;
}

/** An ignored label of a batch, as in batch.ts. */
const IGNORED = -1;

/** Allocates the memory of converted labels. */
type Allocate<Values> = (length: number) => Values;

/**
 * Scans dense labels that are bytes, and leaves them as they are.
 *
 * @param ignoreIndex neither 0 nor 1
 * @returns undefined if some label is neither 0 nor 1 nor ignored
 */
export function scanBytes(labels: Uint8Array | Int8Array, ignoreIndex: number): ScannedLabels<Uint8Array> | undefined {
  const ignore = ignoredByte(labels, ignoreIndex);
  labelModule.resetCounts();
  if (!everyBlock(labels, (at, count) => labelModule.scanBytes(at, count, ignore) !== 0)) return undefined;
  return withCounts(new Uint8Array(labels.buffer, labels.byteOffset, labels.length));
}

/**
 * Finds the labels that `scanBytes` rejects, one after the other.
 *
 * @param use gets the position of each; false ends it
 */
export function everyRejectedByte(
  labels: Uint8Array | Int8Array,
  ignoreIndex: number,
  use: (position: number) => boolean,
): void {
  const ignore = ignoredByte(labels, ignoreIndex);
  everyBlock(labels, (at, count, start) => {
    let rest = labelModule.countRejected(at, count, ignore);
    for (let next = 0; rest > 0; rest--, next++) {
      next = labelModule.nextRejected(at, next, count, ignore);
      if (!use(start + next)) return false;
    }
    return true;
  });
}

/** The byte of ignored labels; −1 if they have none. */
function ignoredByte(labels: Uint8Array | Int8Array, ignoreIndex: number): number {
  const [min, max] = labels instanceof Int8Array ? [-128, 127] : [0, 255];
  return ignoreIndex >= min && ignoreIndex <= max ? ignoreIndex & 255 : -1;
}

/**
 * Scans labels that are 0 and 1, and converts them to bytes: 0, 1, and 255 for those that are ignored.
 *
 * @param format of labels that are the bits of 16-bit floats
 * @returns undefined if some label is neither 0 nor 1 nor ignored
 */
export function scanIntegers(
  labels: LabelValues,
  ignoreIndex: number,
  allocate: Allocate<Uint8Array>,
  format?: Float16Format,
): ScannedLabels<Uint8Array> | undefined {
  const result = new Uint8Array(labelModule.memory.buffer, labelModule.RESULT.value, BLOCK);
  const signed = labels instanceof BigInt64Array;
  const areLong = signed || labels instanceof BigUint64Array;
  return scanInto(labels, result, ignoreIndex, allocate, (at, count) => {
    if (areLong) return labelModule.scanLongIntegers(at, count, ignoreIndex, signed) !== 0;
    const ints = blockAsInt32(labels, format, at, count);
    return ints !== undefined && labelModule.scanIntegers(ints, count, ignoreIndex) !== 0;
  });
}

/**
 * Scans dense labels that are floats, and converts them to float32, −1 for those that are ignored.
 *
 * @param format of labels that are the bits of 16-bit floats
 * @returns undefined if some label is neither in [0, 1] nor ignored
 */
export function scanFloats(
  labels: Float32Array | Float64Array | Uint16Array,
  ignoreIndex: number,
  allocate: Allocate<Float32Array>,
  format?: Float16Format,
): ScannedLabels<Float32Array> | undefined {
  const result = new Float32Array(labelModule.memory.buffer, labelModule.RESULT.value, BLOCK);
  const isFloat64 = labels instanceof Float64Array;
  const ignore = isFloat64 || Math.fround(ignoreIndex) === ignoreIndex ? ignoreIndex : Number.NaN;
  return scanInto(labels, result, ignoreIndex, allocate, (at, count) => {
    if (isFloat64) return labelModule.scanDoubles(at, count, ignore) !== 0;
    return labelModule.scanFloats(format === undefined ? at : widenBlock(format, at, count), count, ignore) !== 0;
  });
}

export interface IndexRules {
  readonly classes: number;
  readonly ignoreIndex: number;
  readonly backgroundIndex: number | undefined;
}

/**
 * Scans class indices, and converts them to int32, −1 for those that are ignored and −2 for background.
 *
 * @param format of labels that are the bits of 16-bit floats
 * @returns undefined if some label is neither in [0, classes) nor ignored nor background
 */
export function scanIndices(
  labels: LabelValues,
  { classes, ignoreIndex, backgroundIndex = ignoreIndex }: IndexRules,
  allocate: Allocate<Int32Array>,
  format?: Float16Format,
): ScannedLabels<Int32Array> | undefined {
  const result = new Int32Array(labelModule.memory.buffer, labelModule.RESULT.value, BLOCK);
  const signed = labels instanceof BigInt64Array;
  const areLong = signed || labels instanceof BigUint64Array;
  return scanInto(labels, result, ignoreIndex, allocate, (at, count) => {
    if (areLong) {
      return labelModule.scanLongIndices(at, count, classes, ignoreIndex, backgroundIndex, signed) !== 0;
    }
    const ints = blockAsInt32(labels, format, at, count);
    return ints !== undefined && labelModule.scanIndices(ints, count, classes, ignoreIndex, backgroundIndex) !== 0;
  });
}

/**
 * Scans labels, and writes what they become to memory that is allocated only if that differs from them.
 *
 * @param result where `scan` leaves the labels of a block
 * @param scan checks a block; false ends it
 */
function scanInto<Values extends Float32Array | Int32Array | Uint8Array>(
  labels: LabelValues,
  result: Values,
  ignoreIndex: number,
  allocate: Allocate<Values>,
  scan: (address: number, count: number) => boolean,
): ScannedLabels<Values> | undefined {
  labelModule.resetCounts();
  const { ignored, background } = labelModule;
  const areChanged = () => (ignored.value > 0 && ignoreIndex !== IGNORED) || background.value > 0;
  let target = labels.constructor === result.constructor ? undefined : allocate(labels.length);
  let converted = result;
  const isValid = everyBlock(labels, (at, count, start) => {
    if (!scan(at, count)) return false;
    if (target === undefined && areChanged()) {
      target = allocate(labels.length);
      copyNumbers(labels.subarray(0, start), target.subarray(0, start));
    }
    if (converted.length !== count) converted = result.subarray(0, count) as Values;
    target?.set(converted, start);
    return true;
  });
  return isValid ? withCounts(target ?? (labels as Values)) : undefined;
}

function withCounts<Values>(values: Values): ScannedLabels<Values> {
  const { ignored, background, positives } = labelModule;
  return { values, ignored: ignored.value, background: background.value, positives: positives.value };
}
