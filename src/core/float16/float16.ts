import type { Float16Format, FloatFormat, StoredFloats } from '../float-format.ts';
import { loadWasmModule } from '../wasm-module.ts';

// Conversions by SIMD: with them, a batch in 16 bits takes no longer than one in 32.

/** The exports of assembly/index.ts. Arguments are addresses in its memory, and a count that is a multiple of 4. */
interface Float16Module {
  readonly memory: { readonly buffer: ArrayBuffer };
  float16ToFloat32(float16s: number, float32s: number, count: number): void;
  bfloat16ToFloat32(float16s: number, float32s: number, count: number): void;
  float32ToFloat16(float32s: number, float16s: number, count: number): void;
  float32ToBfloat16(float32s: number, float16s: number, count: number): void;
}

const wasm = loadWasmModule<Float16Module>('core/float16/float16.wasm');

/** Numbers that are copied into the module's memory at a time: they stay in the processor's cache. */
const BLOCK = 2 ** 16;
/** Addresses in the module's memory, whose first page belongs to the module. */
const FLOAT32S = 2 ** 16;
const FLOAT16S = FLOAT32S + 4 * BLOCK;
const float32Block = new Float32Array(wasm.memory.buffer, FLOAT32S, BLOCK);
const float16Block = new Uint16Array(wasm.memory.buffer, FLOAT16S, BLOCK);

/**
 * Stored numbers as float32: `values` itself if it is a Float32Array, else a converted copy.
 *
 * @param target where the copy goes, at least as long as `values`; a new array if absent
 */
export function toFloat32(values: StoredFloats, format: FloatFormat, target?: Float32Array): Float32Array {
  if (values instanceof Float32Array) return values;
  const floats = target?.subarray(0, values.length) ?? new Float32Array(values.length);
  if (values instanceof Float64Array) floats.set(values);
  else float16ToFloat32(values, format as Float16Format, floats);
  return floats;
}

/** Converts the bits of 16-bit floats exactly. */
function float16ToFloat32(values: Uint16Array, format: Float16Format, target: Float32Array): void {
  const convert = format === 'F16' ? wasm.float16ToFloat32 : wasm.bfloat16ToFloat32;
  for (let start = 0; start < values.length; start += BLOCK) {
    const block = values.subarray(start, start + BLOCK);
    float16Block.set(block);
    convert(FLOAT16S, FLOAT32S, roundUpToVectors(block.length));
    target.set(float32Block.subarray(0, block.length), start);
  }
}

/** Rounds to nearest, ties to even; numbers that are too large become infinite. */
export function float32ToFloat16(values: Float32Array, format: Float16Format, target: Uint16Array): void {
  const convert = format === 'F16' ? wasm.float32ToFloat16 : wasm.float32ToBfloat16;
  for (let start = 0; start < values.length; start += BLOCK) {
    const block = values.subarray(start, start + BLOCK);
    float32Block.set(block);
    convert(FLOAT32S, FLOAT16S, roundUpToVectors(block.length));
    target.set(float16Block.subarray(0, block.length), start);
  }
}

/** Numbers past the end of the block are converted too, and ignored. */
function roundUpToVectors(count: number): number {
  return Math.ceil(count / 4) * 4;
}
