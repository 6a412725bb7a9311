import { IGNORED, NEGATIVE, POSITIVE } from './bins';
import { Box, BYTES, FLOATS } from './box';

/** The class index of a sample that is ignored. */
const IGNORED_INDEX: i32 = -1;

/** What a dense label says: positive from ½ on. */
@inline
export function outcomeOfDense(box: Box, element: u32): u32 {
  if (box.labelKind == BYTES) return min(u32(load<u8>(box.labels + usize(element))), IGNORED);
  const label = load<f32>(box.labels + (usize(element) << 2));
  return label < 0 ? IGNORED : label >= 0.5 ? POSITIVE : NEGATIVE;
}

export function hasIndices(box: Box): bool {
  return box.labelKind != FLOATS && box.labelKind != BYTES;
}

/** What the class index of a sample says of a class. */
@inline
export function outcomeOfIndex(box: Box, sample: u32, classIndex: u32): u32 {
  const label = load<i32>(box.labels + (usize(sample) << 2));
  return label == IGNORED_INDEX ? IGNORED : label == i32(classIndex) ? POSITIVE : NEGATIVE;
}

/** Writes the outcome of each element. */
export function writeOutcomes(box: Box): void {
  const classes = box.classes;
  const inner = box.inner;
  const outcomes = box.outcomes;
  if (!hasIndices(box)) {
    const count = box.slices * classes * inner;
    for (let i: u32 = 0; i < count; i++) store<u8>(outcomes + usize(i), outcomeOfDense(box, i));
    return;
  }
  let at = outcomes;
  for (let slice: u32 = 0; slice < box.slices; slice++) {
    for (let c: u32 = 0; c < classes; c++) {
      for (let i: u32 = 0; i < inner; i++, at++) store<u8>(at, outcomeOfIndex(box, slice * inner + i, c));
    }
  }
}
