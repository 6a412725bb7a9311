import type { Float16Format } from '../../core/float-format.ts';
import { loadWasmModule } from '../../core/wasm-module.ts';

// Labels go block by block through the memory of a WebAssembly module, which checks, converts and counts them by SIMD.

interface Address {
  readonly value: number;
}

/** The exports of assembly/index.ts. */
interface LabelModule {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly BLOCK: Address;
  readonly SOURCE: Address;
  readonly CONVERTED: Address;
  readonly RESULT: Address;
  readonly TABLES: Address;
  readonly ignored: Address;
  readonly background: Address;
  readonly positives: Address;
  resetCounts(): void;
  int8ToInt32(source: number, count: number, signed: boolean): number;
  int16ToInt32(source: number, count: number, signed: boolean): number;
  uint32ToInt32(source: number, count: number): number;
  int64ToInt32(source: number, count: number, signed: boolean): number;
  float32ToInt32(source: number, count: number): number;
  float64ToInt32(source: number, count: number): number;
  widenFloat16(source: number, count: number): void;
  widenBfloat16(source: number, count: number): void;
  widenBytes(labels: number, count: number): void;
  scanBytes(labels: number, count: number, ignore: number): number;
  countRejected(labels: number, count: number, ignore: number): number;
  nextRejected(labels: number, from: number, count: number, ignore: number): number;
  scanIntegers(labels: number, count: number, ignore: number): number;
  scanFloats(labels: number, count: number, ignore: number): number;
  scanDoubles(labels: number, count: number, ignore: number): number;
  scanIndices(labels: number, count: number, classes: number, ignore: number, background: number): number;
  clearCounts(bytes: number): number;
  countIndices(labels: number, count: number, tables: number, classes: number): void;
  countColumns(labels: number, count: number, column: number, counts: number, columns: number): void;
  countRuns(labels: number, count: number, position: number, counts: number, classes: number, inner: number): void;
}

/** Its memory grows in `clearCounts` alone, which detaches views. */
export const labelModule = loadWasmModule<LabelModule>('loss/label-scan/label-scan.wasm');

/** The most labels of a block. */
export const BLOCK = labelModule.BLOCK.value;
/**
 * How many there are in a block, by the bytes of each: with what they become they stay in the processor's first cache, and
 * so large a block is copied faster than a larger one.
 */
const BLOCKS: Readonly<Record<number, number>> = { 1: BLOCK, 2: BLOCK, 4: BLOCK / 2, 8: BLOCK / 8 };

/** Labels in any of the types that requests have them in; a Uint16Array may hold the bits of a `Float16Format`. */
export type LabelValues =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | BigInt64Array
  | BigUint64Array;

/**
 * Copies block by block into the module's memory.
 *
 * @param use what to do with a block, given its address, its length and the position of its first label; false ends it
 * @returns whether no call of `use` returned false
 */
export function everyBlock(
  labels: LabelValues,
  use: (address: number, count: number, start: number) => boolean,
): boolean {
  const { byteOffset, BYTES_PER_ELEMENT: size, length } = labels;
  const bytes = new Uint8Array(labels.buffer, byteOffset, size * length);
  const memory = new Uint8Array(labelModule.memory.buffer);
  const block = BLOCKS[size]!;
  // JavaScript engines copy from shared memory word by word only if both sides have the same offset in a word.
  const address = labelModule.SOURCE.value + (byteOffset % 8);
  for (let start = 0; start < length; start += block) {
    const count = Math.min(block, length - start);
    memory.set(bytes.subarray(size * start, size * (start + count)), address);
    if (!use(address, count, start)) return false;
  }
  return true;
}

/** Converts a block of labels to int32. @returns its address; undefined if it has other numbers */
export function blockAsInt32(
  labels: LabelValues,
  format: Float16Format | undefined,
  at: number,
  count: number,
): number | undefined {
  if (labels instanceof Int32Array) return at;
  return convertBlock(labels, format, at, count) ? labelModule.CONVERTED.value : undefined;
}

function convertBlock(labels: LabelValues, format: Float16Format | undefined, at: number, count: number): boolean {
  const isNumber = (converted: number) => converted !== 0;
  if (format !== undefined) {
    return isNumber(labelModule.float32ToInt32(widenBlock(format, at, count), count));
  }
  if (labels instanceof Float32Array) return isNumber(labelModule.float32ToInt32(at, count));
  if (labels instanceof Float64Array) return isNumber(labelModule.float64ToInt32(at, count));
  if (labels instanceof Uint32Array) return isNumber(labelModule.uint32ToInt32(at, count));
  const signed = labels instanceof Int8Array || labels instanceof Int16Array || labels instanceof BigInt64Array;
  switch (labels.BYTES_PER_ELEMENT) {
    case 1:
      return isNumber(labelModule.int8ToInt32(at, count, signed));
    case 2:
      return isNumber(labelModule.int16ToInt32(at, count, signed));
    default:
      return isNumber(labelModule.int64ToInt32(at, count, signed));
  }
}

/** Converts a block of 16-bit floats to float32. @returns its address */
export function widenBlock(format: Float16Format, at: number, count: number): number {
  if (format === 'F16') labelModule.widenFloat16(at, count);
  else labelModule.widenBfloat16(at, count);
  return labelModule.CONVERTED.value;
}
