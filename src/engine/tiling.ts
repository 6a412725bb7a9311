import type { Layout } from '../loss/tensor.ts';

// A batch is partitioned into parts and evaluated in tiles. A part is what is summed up before the host adds the sums in
// float64; a tile is what goes through the kernels in one call, and usually has several parts.

const ELEMENTS_PER_PART = 2 ** 17;
const MIN_SAMPLES_PER_PART = 256;
/** Of 64 bytes. */
const SAMPLES_PER_LINE = 16;
// A batch of a single part with tens of thousands of classes is divided all the same, into parts of at least so much.
const MIN_ELEMENTS_PER_SMALL_PART = 2 ** 19;
const MIN_SAMPLES_PER_SMALL_PART = 32;
const MAX_SMALL_PARTS = 4;

/** Of parts, slices or positions. `to` is exclusive. */
export interface IndexRange {
  readonly from: number;
  readonly to: number;
}

/** Whole outer slices, or runs of one slice's inner positions, which the kernel then sees as slices. */
export interface Tile {
  /** As the kernel sees it. */
  readonly layout: Layout;
  /** The outer slice where the tile begins, and the position in it. */
  readonly slice: number;
  readonly position: number;
  /** Whether it belongs to the same part as the tile before it. */
  readonly continuesPart: boolean;
}

export interface TileSize {
  /** The most parts of one tile. */
  readonly parts: number;
  /** The most elements of one tile, unless a single sample has more classes. A larger part is split into several tiles. */
  readonly elements?: number;
  /** The most elements of a tile of several parts. A larger part is a tile of its own, and is not split. */
  readonly elementsOfParts?: number;
}

/**
 * How a batch is partitioned into parts: each has some whole slices, or one run of positions of a large slice, such as an
 * image with its channels first.
 *
 * The size of a part depends on the layout alone. However a batch is divided among threads and tiles, its parts are the same,
 * and so its totals are the same to the last bit. A part's sums take 112 bytes per class. A part of at least 256 samples keeps
 * them below a ninth of its predictions, and one of 2^17 elements far below; the up to four small parts of a batch that has no
 * more samples keep them below seven eighths. `difficulty` adds 1280 bytes per part.
 */
interface Partition {
  readonly slicesPerPart: number;
  readonly runsPerSlice: number;
  /** Positions of a run. The last run of a slice also has the remaining positions, less than as many again. */
  readonly runLength: number;
}

function partitionOf({ classes, inner }: Layout): Partition {
  const samples = Math.max(MIN_SAMPLES_PER_PART, wholeVectors(ELEMENTS_PER_PART / classes));
  const runsPerSlice = Math.max(1, Math.floor(inner / samples));
  return {
    slicesPerPart: Math.ceil(samples / inner),
    runsPerSlice,
    runLength: runsPerSlice === 1 ? inner : samples,
  };
}

/** The partition of a whole batch. Small parts, which the kernel cannot tell from its layout, are tiles of their own. */
function partitionOfBatch(layout: Layout): Partition & { readonly hasSmallParts: boolean } {
  const partition = partitionOf(layout);
  const { outer, classes, inner } = layout;
  const smallParts = Math.min(
    MAX_SMALL_PARTS,
    Math.floor((outer * classes) / MIN_ELEMENTS_PER_SMALL_PART),
    Math.floor(outer / MIN_SAMPLES_PER_SMALL_PART),
  );
  const hasSmallParts = inner === 1 && outer <= partition.slicesPerPart && smallParts > 1;
  return { ...partition, ...(hasSmallParts && { slicesPerPart: Math.ceil(outer / smallParts) }), hasSmallParts };
}

/** Rounded down so that runs of an image begin where a cache line of the image may begin, and have no vector that is not full. */
function wholeVectors(samples: number): number {
  return SAMPLES_PER_LINE * Math.floor(samples / SAMPLES_PER_LINE);
}

export function partCount(layout: Layout): number {
  const { slicesPerPart, runsPerSlice } = partitionOfBatch(layout);
  return Math.ceil(layout.outer / slicesPerPart) * runsPerSlice;
}

/** How many parts lie within the first elements of a batch. */
export function partsWithin(layout: Layout, elements: number): number {
  const { slicesPerPart, runsPerSlice } = partitionOfBatch(layout);
  const slices = Math.floor(elements / (layout.classes * layout.inner));
  return slices >= layout.outer ? partCount(layout) : Math.floor(slices / slicesPerPart) * runsPerSlice;
}

/** The slices of each part of a tile, as the kernel sees it. */
export function slicesOfParts(layout: Layout): IndexRange[] {
  return splitRange({ from: 0, to: layout.outer }, partitionOf(layout).slicesPerPart);
}

/** The tiles of some parts, in order. */
export function* tilesOf(layout: Layout, parts: IndexRange, size: TileSize): Generator<Tile> {
  const { slicesPerPart, runsPerSlice, runLength, hasSmallParts } = partitionOfBatch(layout);
  const maxElements = size.elements ?? Number.POSITIVE_INFINITY;
  const elementsPerPart = slicesPerPart * runLength * layout.classes;
  const maxParts = hasSmallParts ? 1 : size.parts;
  const joinedElements = Math.min(maxElements, size.elementsOfParts ?? maxElements);
  const partsPerTile = Math.max(1, Math.min(maxParts, Math.floor(joinedElements / elementsPerPart)));
  const tilesOfParts = runsPerSlice === 1 ? tilesOfSlices : tilesOfRuns;
  for (const tile of tilesOfParts(layout, parts, partsPerTile)) yield* splitTile(tile, maxElements);
}

/** Tiles of parts that are whole slices. */
function* tilesOfSlices(layout: Layout, parts: IndexRange, partsPerTile: number): Generator<Tile> {
  const { slicesPerPart } = partitionOfBatch(layout);
  for (const { from, to } of splitRange(parts, partsPerTile)) {
    const slice = from * slicesPerPart;
    const outer = Math.min(to * slicesPerPart, layout.outer) - slice;
    yield { layout: { ...layout, outer }, slice, position: 0, continuesPart: false };
  }
}

/** Tiles of parts that are runs of a slice. */
function* tilesOfRuns(layout: Layout, parts: IndexRange, partsPerTile: number): Generator<Tile> {
  const { runsPerSlice, runLength } = partitionOf(layout);
  for (let part = parts.from; part < parts.to; ) {
    const slice = Math.floor(part / runsPerSlice);
    const run = part - slice * runsPerSlice;
    const position = run * runLength;
    // All runs of a tile have one length, so a slice's last run, which is longer, is a tile of its own.
    const isLast = run === runsPerSlice - 1;
    const outer = isLast ? 1 : Math.min(partsPerTile, runsPerSlice - 1 - run, parts.to - part);
    const inner = isLast ? layout.inner - position : runLength;
    yield { layout: { ...layout, outer, inner }, slice, position, continuesPart: false };
    part += outer;
  }
}

/** Splits a tile of one part that is too large: by slices, and slices that are too large by positions. */
function* splitTile(tile: Tile, maxElements: number): Generator<Tile> {
  const { outer, classes, inner } = tile.layout;
  if (outer * classes * inner <= maxElements || outer * inner === 1) {
    yield tile;
    return;
  }
  const samples = Math.max(1, Math.floor(maxElements / classes));
  const slices = splitRange({ from: 0, to: outer }, Math.max(1, Math.floor(samples / inner)));
  const runs = splitRange({ from: 0, to: inner }, samples);
  for (const { from, to } of slices) {
    for (const run of runs) {
      yield {
        layout: { classes, outer: to - from, inner: run.to - run.from },
        slice: tile.slice + from,
        position: tile.position + run.from,
        continuesPart: from > 0 || run.from > 0,
      };
    }
  }
}

/** Divides a range into ranges of this length; the last one may be shorter. */
export function splitRange({ from, to }: IndexRange, step: number): IndexRange[] {
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => ({
    from: from + i * step,
    to: Math.min(from + (i + 1) * step, to),
  }));
}
