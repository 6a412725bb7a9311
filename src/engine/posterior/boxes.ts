import type { Layout } from '../../loss/tensor.ts';
import type { IndexRange } from '../tiling.ts';

/** A box has so many elements, or more of many classes: it stays in the processor's second cache. */
const ELEMENTS = 2 ** 14;
/** The fewest positions of a box: shorter copies take longer. */
const MIN_POSITIONS = 16;
/** Then so many elements at most. */
const MAX_ELEMENTS = 2 ** 19;

/** Some whole slices of a batch, or a run of the positions of one slice. */
export interface Box {
  /** As the kernel sees it. */
  readonly layout: Layout;
  readonly slice: number;
  readonly position: number;
}

/** Divides slices into boxes, in order. */
export function* boxesOf({ classes, inner }: Layout, { from, to }: IndexRange): Generator<Box> {
  const positions = Math.min(inner, positionsOf(classes));
  const slices = positions < inner ? 1 : Math.max(1, Math.floor(ELEMENTS / (classes * inner)));
  for (let slice = from; slice < to; slice += slices) {
    for (let position = 0; position < inner; position += positions) {
      const layout = {
        outer: Math.min(slices, to - slice),
        classes,
        inner: Math.min(positions, inner - position),
      };
      yield { layout, slice, position };
    }
  }
}

function positionsOf(classes: number): number {
  const few = Math.min(MIN_POSITIONS, Math.max(1, Math.floor(MAX_ELEMENTS / classes)));
  return Math.max(few, Math.floor(ELEMENTS / classes));
}
