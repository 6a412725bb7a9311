import { readFileSync } from 'node:fs';
import type { Float16Format } from '../float-format.ts';

// By SIMD: a batch in 16 bits shall not take longer than in 32.

interface Float16Module {
  readonly memory: { readonly buffer: ArrayBuffer };
  widenFloat16(halves: number, floats: number, count: number): void;
  widenBfloat16(halves: number, floats: number, count: number): void;
  narrowFloat16(floats: number, halves: number, count: number): void;
  narrowBfloat16(floats: number, halves: number, count: number): void;
}

// Of the browser's types only this is needed.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

// This file lies as deep in src as in dist, which holds the compiled module for both.
const MODULE = new URL('../../../dist/core/float16/float16.wasm', import.meta.url);
const halves = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(MODULE)), {}).exports as Float16Module;

/** How many numbers go through the module's memory at a time: they stay in the processor's cache. */
const BLOCK = 2 ** 16;
/** Addresses; the first page is the module's own. */
const FLOATS = 2 ** 16;
const HALVES = FLOATS + 4 * BLOCK;
const floatRoom = new Float32Array(halves.memory.buffer, FLOATS, BLOCK);
const halfRoom = new Uint16Array(halves.memory.buffer, HALVES, BLOCK);

export function widen(values: Uint16Array, format: Float16Format, target: Float32Array): void {
  const convert = format === 'F16' ? halves.widenFloat16 : halves.widenBfloat16;
  for (let start = 0; start < values.length; start += BLOCK) {
    const block = values.subarray(start, start + BLOCK);
    halfRoom.set(block);
    convert(HALVES, FLOATS, wholeVectors(block.length));
    target.set(floatRoom.subarray(0, block.length), start);
  }
}

/** Rounds to nearest, ties to even; what is too large becomes infinite. */
export function narrow(values: Float32Array, format: Float16Format, target: Uint16Array): void {
  const convert = format === 'F16' ? halves.narrowFloat16 : halves.narrowBfloat16;
  for (let start = 0; start < values.length; start += BLOCK) {
    const block = values.subarray(start, start + BLOCK);
    floatRoom.set(block);
    convert(FLOATS, HALVES, wholeVectors(block.length));
    target.set(halfRoom.subarray(0, block.length), start);
  }
}

/** What lies behind the last number is converted along with it, and not looked at. */
function wholeVectors(count: number): number {
  return Math.ceil(count / 4) * 4;
}
