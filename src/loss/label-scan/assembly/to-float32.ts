import { bfloat16ToFloat32, float16ToFloat32 } from '../../../core/float16/assembly/index';
import { CONVERTED } from './memory-layout';

// Each writes a block of `count` floats of 16 bits to `CONVERTED` as float32.

export function widenFloat16(source: usize, count: u32): void {
  float16ToFloat32(source, CONVERTED, wholeVectors(count));
}

export function widenBfloat16(source: usize, count: u32): void {
  bfloat16ToFloat32(source, CONVERTED, wholeVectors(count));
}

@inline
function wholeVectors(count: u32): i32 {
  return i32((count + 3) & ~3);
}
