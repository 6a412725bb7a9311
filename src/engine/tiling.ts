import type { Layout } from '../loss/layout.ts';

const ELEMENTS_PER_PART = 2 ** 17;
const MIN_SAMPLES_PER_PART = 256;

/** The indices in [from, to). */
export interface IndexRange {
  readonly from: number;
  readonly to: number;
}

/**
 * What goes through the kernels together: whole outer slices, or runs of one slice's inner positions, which the kernel
 * then sees as slices.
 */
export interface Tile {
  /** As the kernel sees it. */
  readonly layout: Layout;
  /** The outer slice, and the position in it, where it begins. */
  readonly slice: number;
  readonly position: number;
  /** Whether it goes on with the part that the block before it is of. */
  readonly continues: boolean;
}

export interface TileSize {
  /** How many parts go together. */
  readonly parts: number;
  /** A part of more elements goes in several blocks. One sample of more classes is a block all the same. */
  readonly elements?: number;
}

/**
 * How a batch is divided into parts. A part is what is summed up before the host adds the sums in float64: some whole
 * slices, or a run of positions of a large one, such as an image with its channels first.
 *
 * How long a part is depends on the classes and the inner size alone: however a batch is cut between threads and blocks,
 * its parts, and so its totals, are the same to the last bit. A part's sums take 112 bytes a class, which a part of at
 * least 256 samples keeps below a ninth of its predictions, and one of 2^17 elements far below; `difficulty` adds 1280
 * bytes a part.
 */
interface Division {
  readonly slicesPerPart: number;
  readonly runsPerSlice: number;
  /** Positions of a run; a slice's last one has what is left besides, less than twice as many. */
  readonly runLength: number;
}

function divisionOf({ classes, inner }: Layout): Division {
  const samples = Math.max(MIN_SAMPLES_PER_PART, Math.floor(ELEMENTS_PER_PART / classes));
  const runsPerSlice = Math.max(1, Math.floor(inner / samples));
  return {
    slicesPerPart: Math.ceil(samples / inner),
    runsPerSlice,
    runLength: runsPerSlice === 1 ? inner : samples,
  };
}

export function partCount(layout: Layout): number {
  const { slicesPerPart, runsPerSlice } = divisionOf(layout);
  return Math.ceil(layout.outer / slicesPerPart) * runsPerSlice;
}

/** Shares a batch's parts among as many threads as there are, or fewer where there are fewer parts. */
export function partsForThreads(layout: Layout, threads: number): IndexRange[] {
  return ranges({ from: 0, to: partCount(layout) }, Math.ceil(partCount(layout) / threads));
}

/** The slices of each part of a block. */
export function slicesOfParts(layout: Layout): IndexRange[] {
  return ranges({ from: 0, to: layout.outer }, divisionOf(layout).slicesPerPart);
}

/** Cuts parts into blocks, in order. */
export function* tilesOf(layout: Layout, parts: IndexRange, size: TileSize): Generator<Tile> {
  const { slicesPerPart, runsPerSlice, runLength } = divisionOf(layout);
  const elements = size.elements ?? Number.POSITIVE_INFINITY;
  const elementsOfPart = slicesPerPart * runLength * layout.classes;
  const together = Math.max(1, Math.min(size.parts, Math.floor(elements / elementsOfPart)));
  const wholeParts = runsPerSlice === 1 ? tilesOfSlices : tilesOfRuns;
  for (const block of wholeParts(layout, parts, together)) yield* pieces(block, elements);
}

function* tilesOfSlices(layout: Layout, parts: IndexRange, together: number): Generator<Tile> {
  const { slicesPerPart } = divisionOf(layout);
  for (const { from, to } of ranges(parts, together)) {
    const slice = from * slicesPerPart;
    const outer = Math.min(to * slicesPerPart, layout.outer) - slice;
    yield { layout: { ...layout, outer }, slice, position: 0, continues: false };
  }
}

function* tilesOfRuns(layout: Layout, parts: IndexRange, together: number): Generator<Tile> {
  const { runsPerSlice, runLength } = divisionOf(layout);
  for (let part = parts.from; part < parts.to; ) {
    const slice = Math.floor(part / runsPerSlice);
    const run = part - slice * runsPerSlice;
    const position = run * runLength;
    // All runs of a block are of one length; that of the last is its own.
    const isLast = run === runsPerSlice - 1;
    const outer = isLast ? 1 : Math.min(together, runsPerSlice - 1 - run, parts.to - part);
    const inner = isLast ? layout.inner - position : runLength;
    yield { layout: { ...layout, outer, inner }, slice, position, continues: false };
    part += outer;
  }
}

/** Cuts a block of one part that is too large: by slices, and slices that are too large by positions. */
function* pieces(block: Tile, elements: number): Generator<Tile> {
  const { outer, classes, inner } = block.layout;
  if (outer * classes * inner <= elements || outer * inner === 1) {
    yield block;
    return;
  }
  const samples = Math.max(1, Math.floor(elements / classes));
  const slices = ranges({ from: 0, to: outer }, Math.max(1, Math.floor(samples / inner)));
  const positions = ranges({ from: 0, to: inner }, samples);
  for (const { from, to } of slices) {
    for (const run of positions) {
      yield {
        layout: { classes, outer: to - from, inner: run.to - run.from },
        slice: block.slice + from,
        position: block.position + run.from,
        continues: from > 0 || run.from > 0,
      };
    }
  }
}

function ranges({ from, to }: IndexRange, step: number): IndexRange[] {
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => ({
    from: from + i * step,
    to: Math.min(from + (i + 1) * step, to),
  }));
}
