import { loadFour, storeFour } from '../math/float32-lanes';
import { transposeFour } from '../math/transpose';

// Copies of a block of samples, float32 [classes, samples] with rows of `rowSize` bytes, of a tensor whose classes are `classStep`
// and whose samples are `sampleStep` bytes apart: one of these is 4.

/** Copies `count` samples to a block, and 0 in place of those that are missing in the last four. */
export function copyToBlock(
  tensor: usize,
  classStep: usize,
  sampleStep: usize,
  block: usize,
  rowSize: usize,
  classes: u32,
  count: u32,
): void {
  const whole = usize(count & ~3) << 2;
  if (sampleStep == 4) {
    let from = tensor;
    let to = block;
    for (let c: u32 = 0; c < classes; c++, from += classStep, to += rowSize) {
      for (let i: usize = 0; i < whole; i += 16) v128.store(to + i, v128.load(from + i));
    }
  } else {
    for (let i: usize = 0; i < whole; i += 16) {
      let from = tensor + (i >> 2) * sampleStep;
      let to = block + i;
      let c: u32 = 0;
      for (; c + 4 <= classes; c += 4, from += 16, to += 4 * rowSize) transposeFour(from, sampleStep, to, rowSize);
      for (; c < classes; c++, from += 4, to += rowSize) v128.store(to, loadFour(from, true, sampleStep));
    }
  }
  if (count & 3) clearFour(block + whole, rowSize, classes);
  for (let i = count & ~3; i < count; i++) {
    let from = tensor + usize(i) * sampleStep;
    let to = block + (usize(i) << 2);
    for (let c: u32 = 0; c < classes; c++, from += classStep, to += rowSize) store<f32>(to, load<f32>(from));
  }
}

/** The reverse of `copyToBlock`. */
export function copyFromBlock(
  block: usize,
  rowSize: usize,
  tensor: usize,
  classStep: usize,
  sampleStep: usize,
  classes: u32,
  count: u32,
): void {
  const whole = usize(count & ~3) << 2;
  if (sampleStep == 4) {
    let to = tensor;
    let from = block;
    for (let c: u32 = 0; c < classes; c++, to += classStep, from += rowSize) {
      for (let i: usize = 0; i < whole; i += 16) v128.store(to + i, v128.load(from + i));
    }
  } else {
    for (let i: usize = 0; i < whole; i += 16) {
      let to = tensor + (i >> 2) * sampleStep;
      let from = block + i;
      let c: u32 = 0;
      for (; c + 4 <= classes; c += 4, to += 16, from += 4 * rowSize) transposeFour(from, rowSize, to, sampleStep);
      for (; c < classes; c++, to += 4, from += rowSize) storeFour(to, true, sampleStep, v128.load(from));
    }
  }
  for (let i = count & ~3; i < count; i++) {
    let to = tensor + usize(i) * sampleStep;
    let from = block + (usize(i) << 2);
    for (let c: u32 = 0; c < classes; c++, to += classStep, from += rowSize) store<f32>(to, load<f32>(from));
  }
}

function clearFour(at: usize, rowSize: usize, classes: u32): void {
  for (let c: u32 = 0; c < classes; c++, at += rowSize) v128.store(at, i32x4.splat(0));
}
