import { loadWasmModule } from '../../core/wasm-module.ts';

// Checks, counts and converts labels by SIMD, block by block through the memory of a WebAssembly module.

interface Address {
  readonly value: number;
}

/** The exports of assembly/index.ts. */
interface LabelModule {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly BLOCK: Address;
  readonly SOURCE: Address;
  readonly INTS: Address;
  readonly RESULT: Address;
  readonly ignored: Address;
  readonly background: Address;
  readonly positives: Address;
  resetCounts(): void;
  bytesToInt32(source: number, count: number, signed: boolean): number;
  int64ToInt32(source: number, count: number, signed: boolean): number;
  float32ToInt32(source: number, count: number): number;
  float64ToInt32(source: number, count: number): number;
  scanBytes(labels: number, count: number, ignore: number): number;
  scanIntegers(labels: number, count: number, ignore: number): number;
  scanFloats(labels: number, count: number, ignore: number, marks: boolean): number;
  scanDoubles(labels: number, count: number, ignore: number): number;
  scanIndices(labels: number, count: number, classes: number, ignore: number, background: number): number;
}

const wasm = loadWasmModule<LabelModule>('loss/label-scan/label-scan.wasm');
const { buffer } = wasm.memory; // It never grows.
const BLOCK = wasm.BLOCK.value;
const memory = new Uint8Array(buffer);

/** Labels in any of the types that requests have them in. */
export type LabelValues = Float32Array | Float64Array | Int32Array | Uint8Array | Int8Array;
type IntegerValues = Int32Array | Uint8Array | Int8Array;

/** The counts of labels that are all valid. */
export interface LabelScan {
  readonly ignored: number;
  /** Class indices that are the background index. */
  readonly background: number;
  /** Dense labels of at least ½, or class indices. */
  readonly positives: number;
}

/**
 * Scans dense labels that are bytes, and leaves them as they are.
 *
 * @param ignoreIndex neither 0 nor 1
 * @returns undefined if some label is neither 0 nor 1 nor ignored
 */
export function scanBytes(labels: Uint8Array | Int8Array, ignoreIndex: number): LabelScan | undefined {
  const [min, max] = labels instanceof Int8Array ? [-128, 127] : [0, 255];
  const ignore = ignoreIndex >= min && ignoreIndex <= max ? ignoreIndex & 255 : -1;
  return scanBlocks(labels, (at, count) => wasm.scanBytes(at, count, ignore) !== 0);
}

/**
 * Scans dense labels that are integers.
 *
 * @param target of the same length: 0, 1, and 255 for those that are ignored
 * @returns undefined if some label is neither 0 nor 1 nor ignored
 */
export function scanIntegers(labels: IntegerValues, ignoreIndex: number, target: Uint8Array): LabelScan | undefined {
  const result = new Uint8Array(buffer, wasm.RESULT.value, BLOCK);
  return scanBlocks(labels, (at, count, start) => {
    const ints = toInt32(labels, at, count);
    if (ints === undefined || !wasm.scanIntegers(ints, count, ignoreIndex)) return false;
    target.set(result.subarray(0, count), start);
    return true;
  });
}

/**
 * Scans dense labels that are floats.
 *
 * @param target of the same length: labels as float32, −1 for those that are ignored; absent if they are only checked
 * @returns undefined if some label is neither in [0, 1] nor ignored
 */
export function scanFloats(
  labels: Float32Array | Float64Array,
  ignoreIndex: number,
  target?: Float32Array,
): LabelScan | undefined {
  const result = new Float32Array(buffer, wasm.RESULT.value, BLOCK);
  const isFloat32 = labels instanceof Float32Array;
  const ignore = isFloat32 && Math.fround(ignoreIndex) !== ignoreIndex ? Number.NaN : ignoreIndex;
  return scanBlocks(labels, (at, count, start) => {
    const isValid = isFloat32
      ? wasm.scanFloats(at, count, ignore, target !== undefined)
      : wasm.scanDoubles(at, count, ignore);
    if (!isValid) return false;
    target?.set(result.subarray(0, count), start);
    return true;
  });
}

export interface IndexRules {
  readonly classes: number;
  readonly ignoreIndex: number;
  readonly backgroundIndex: number | undefined;
}

/**
 * Scans class indices.
 *
 * @param target of the same length: indices, −1 for those that are ignored and −2 for background; absent if they are only
 *   checked
 * @returns undefined if some label is neither in [0, classes) nor ignored nor background
 */
export function scanIndices(labels: LabelValues, rules: IndexRules, target?: Int32Array): LabelScan | undefined {
  const result = new Int32Array(buffer, wasm.RESULT.value, BLOCK);
  const { classes, ignoreIndex, backgroundIndex = ignoreIndex } = rules;
  return scanBlocks(labels, (at, count, start) => {
    const ints = toInt32(labels, at, count);
    if (ints === undefined || !wasm.scanIndices(ints, count, classes, ignoreIndex, backgroundIndex)) return false;
    target?.set(result.subarray(0, count), start);
    return true;
  });
}

/**
 * Copies integers of 64 bits that fit into 32.
 *
 * @returns false if one does not fit
 */
export function int64ToInt32(integers: BigInt64Array | BigUint64Array, target: Int32Array): boolean {
  const ints = new Int32Array(buffer, wasm.INTS.value, BLOCK);
  const signed = integers instanceof BigInt64Array;
  const narrowed = scanBlocks(integers, (at, count, start) => {
    if (!wasm.int64ToInt32(at, count, signed)) return false;
    target.set(ints.subarray(0, count), start);
    return true;
  });
  return narrowed !== undefined;
}

/** @returns the address of a block as int32; undefined if it has other numbers */
function toInt32(labels: LabelValues, at: number, count: number): number | undefined {
  if (labels instanceof Int32Array) return at;
  const areIntegers =
    labels instanceof Float32Array
      ? wasm.float32ToInt32(at, count)
      : labels instanceof Float64Array
        ? wasm.float64ToInt32(at, count)
        : wasm.bytesToInt32(at, count, labels instanceof Int8Array);
  return areIntegers ? wasm.INTS.value : undefined;
}

/**
 * Copies block by block into the module's memory.
 *
 * @param scan what to do with a block, given its address, its length and the position of its first label; false ends it
 * @returns the module's counts; undefined if `scan` returned false
 */
function scanBlocks(
  labels: LabelValues | BigInt64Array | BigUint64Array,
  scan: (address: number, count: number, start: number) => boolean,
): LabelScan | undefined {
  const { byteOffset, BYTES_PER_ELEMENT: size, length } = labels;
  const bytes = new Uint8Array(labels.buffer, byteOffset, size * length);
  // JavaScript engines copy from shared memory word by word only if both sides have the same offset in a word.
  const address = wasm.SOURCE.value + (byteOffset % 8);
  wasm.resetCounts();
  for (let start = 0; start < length; start += BLOCK) {
    const count = Math.min(BLOCK, length - start);
    memory.set(bytes.subarray(size * start, size * (start + count)), address);
    if (!scan(address, count, start)) return undefined;
  }
  return { ignored: wasm.ignored.value, background: wasm.background.value, positives: wasm.positives.value };
}
