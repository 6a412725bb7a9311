import { loadWasmModule } from '../../core/wasm-module.ts';
import { significands } from './significands.ts';

/** What assembly/index.ts exports: places in its memory and what works on them. */
interface NumberExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly TEXT: Place;
  readonly VALUES: Place;
  readonly PROGRESS: Place;
  readonly SIGNIFICANDS: Place;
  readonly MIN_POWER: Place;
  readonly MAX_POWER: Place;
  prepare(): void;
  readArray(start: number, length: number, skip: number, maxRank: number, wide: boolean): number;
  writeArray(start: number, count: number): number;
}

interface Place {
  readonly value: number;
}

const parseNumber = (start: number, end: number): number =>
  Number(Buffer.from(wasm.memory.buffer, start, end - start).toString('latin1'));

const wasm = loadWasmModule<NumberExports>('codecs/json/numbers.wasm', { host: { parseNumber } });
const { buffer } = wasm.memory; // It never grows.

const powers = significands(wasm.MIN_POWER.value, wasm.MAX_POWER.value);
new BigUint64Array(buffer, wasm.SIGNIFICANDS.value, powers.length).set(powers);
wasm.prepare();

/** So much text goes through the module at once, and so many numbers. */
export const BLOCK_BYTES = 16_384;
export const BLOCK_NUMBERS = 1024;

/**
 * A block of text, to be read or written. In shared memory engines copy word by word only where both sides are as far
 * from a word's start, and byte by byte elsewhere; so a block starts up to 7 bytes into its place, as `wordOffset` says.
 */
export const text = new Uint8Array(buffer, wasm.TEXT.value, 2 * BLOCK_BYTES);

/** How far into its place a block starts that lies at `at` in `bytes`. */
export function wordOffset(bytes: Uint8Array, at: number): number {
  return (bytes.byteOffset + at) % 8;
}

/** TypedNumbers of a block, of one kind or the other. */
export const float32s = new Float32Array(buffer, wasm.VALUES.value, BLOCK_BYTES / 2 + 1);
export const float64s = new Float64Array(buffer, wasm.VALUES.value, BLOCK_BYTES / 2 + 1);

/** Words of assembly's `Progress`. */
export const progress = new Uint32Array(buffer, wasm.PROGRESS.value, 15);
export const RANK = 0;
export const SIZES = 1;
export const DEPTH = 11;
export const FOUND = 13;
export const CONSUMED = 14;

export const { readArray, writeArray } = wasm;

/** What `readArray` returns, unless there is more to come. */
export const DONE = 1;
export const REJECTED = 2;
