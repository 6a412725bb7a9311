import { loadWasmModule } from '../../core/wasm-module.ts';
import { significands } from './significands.ts';

/** What assembly/index.ts exports: addresses in its memory and functions that work there. */
interface NumberExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly TEXT: Address;
  readonly VALUES: Address;
  readonly PROGRESS: Address;
  readonly SIGNIFICANDS: Address;
  readonly MIN_POWER: Address;
  readonly MAX_POWER: Address;
  readonly PIECES: Address;
  readonly PIECE_LENGTHS: Address;
  prepare(): void;
  readArray(start: number, length: number, skip: number, maxRank: number, float64: boolean): number;
  countCommas(start: number, length: number): number;
  writeArray(start: number, count: number): number;
  writeRows(start: number, rows: number, columns: number): number;
}

interface Address {
  readonly value: number;
}

const parseNumber = (start: number, end: number): number =>
  Number(Buffer.from(wasm.memory.buffer, start, end - start).toString('latin1'));

const wasm = loadWasmModule<NumberExports>('codecs/json/numbers.wasm', { host: { parseNumber } });
const { buffer } = wasm.memory; // It never grows.

const powers = significands(wasm.MIN_POWER.value, wasm.MAX_POWER.value);
new BigUint64Array(buffer, wasm.SIGNIFICANDS.value, powers.length).set(powers);
wasm.prepare();

/** The most bytes of text that go through the module at once, and the most numbers. */
export const BLOCK_BYTES = 16_384;
export const BLOCK_NUMBERS = 1024;

/**
 * A block of text, to be read or written. JavaScript engines copy from and to shared memory word by word only if both sides
 * have the same offset in a word, else byte by byte. So a block starts up to 7 bytes in, as `wordOffset` says.
 */
export const text = new Uint8Array(buffer, wasm.TEXT.value, 2 * BLOCK_BYTES);

/** The offset in `text` for a block that lies at `at` in `bytes`. */
export function wordOffset(bytes: Uint8Array, at: number): number {
  return (bytes.byteOffset + at) % 8;
}

/** The numbers of a block, as float32 or as float64. */
export const float32s = new Float32Array(buffer, wasm.VALUES.value, BLOCK_BYTES / 2 + 1);
export const float64s = new Float64Array(buffer, wasm.VALUES.value, BLOCK_BYTES / 2 + 1);

/** The words of assembly's `Progress`, and their positions. */
export const progress = new Uint32Array(buffer, wasm.PROGRESS.value, 22);
export const RANK = 0;
export const SIZES = 1;
export const ITEMS = 6;
export const DEPTH = 11;
export const AFTER_NUMBER = 12;
export const FOUND = 13;
export const CONSUMED = 14;
export const UNCLOSED = 15;
export const HEAD_DEPTH = 16;
export const HEADS = 17;

/** The text before each number of a row, and behind the last one, each in a slot of 32 bytes; and how long each is. */
export const PIECE_BYTES = 32;
export const pieces = new Uint8Array(buffer, wasm.PIECES.value, 32 * PIECE_BYTES);
export const pieceLengths = new Uint32Array(buffer, wasm.PIECE_LENGTHS.value, 32);

export const { countCommas, readArray, writeArray, writeRows } = wasm;

/** What `readArray` returns, unless it needs the next block. */
export const DONE = 1;
export const REJECTED = 2;
