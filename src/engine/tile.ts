import { copyNumbers } from '../core/copy-bytes.ts';
import type { StoredFloats } from '../core/float-format.ts';
import {
  arrayLike,
  isInRegion,
  type RegionNumbers,
  readNumbers,
  writeNumbers,
} from '../core/shared-memory/region-numbers.ts';
import type { Batch, LoadedBatch } from '../loss/batch.ts';
import { type ArrayOutput, type ArrayTargets, outputLength, type StoredArrays } from '../loss/evaluation.ts';
import { elementCount, type Layout, sampleCount } from '../loss/tensor.ts';
import type { AllocateScratch, TypedNumbers } from './scratch.ts';
import type { Tile } from './tiling.ts';

/**
 * A tile as a batch of its own. Its tensors are views of the whole batch's, or copies where they are scattered there or lie in
 * a region of shared memory.
 *
 * @param discard gets what was allocated, if it can't be filled
 */
export function batchOfTile(
  batch: Batch,
  tile: Tile,
  allocate: AllocateScratch,
  discard: (values: StoredFloats) => void = () => {},
): LoadedBatch {
  const { layout, predictions, labels, sampleWeights, elementWeights } = batch;
  return {
    ...batch,
    layout: tile.layout,
    predictions: isInRegion(predictions)
      ? load(predictions, layout, tile, allocate, discard)
      : gather('predictions', predictions, layout, tile, allocate),
    labels:
      labels instanceof Int32Array
        ? viewOfSamples(labels, layout, tile)
        : gather('labels', labels, layout, tile, allocate),
    ...(sampleWeights && { sampleWeights: viewOfSamples(sampleWeights, layout, tile) }),
    ...(elementWeights && { elementWeights: gather('element weights', elementWeights, layout, tile, allocate) }),
  };
}

/**
 * Where a tile's results go: views of the whole batch's arrays, or scratch memory that `store` copies from.
 *
 * @param canView whether results of kernels can be viewed in the backend's own memory; those need no scratch memory
 */
export function outputViews(
  batch: Batch,
  arrays: ArrayTargets,
  tile: Tile,
  canView: boolean,
  allocate: AllocateScratch,
): StoredArrays {
  const { layout } = batch;
  const views: Partial<Record<ArrayOutput, Float32Array | Uint16Array>> = {};
  for (const [output, values] of entriesOf(arrays)) {
    if (isInRegion(values)) {
      if (canView && output !== 'posterior') continue;
      const length = isPerSample(batch, output) ? sampleCount(tile.layout) : elementCount(tile.layout);
      views[output] = allocate(output, arrayLike(values) as Float32Array | Uint16Array, length);
    } else if (isPerSample(batch, output)) views[output] = viewOfSamples(values, layout, tile);
    else if (!isScattered(layout, tile)) views[output] = viewOfElements(values, layout, tile);
    else if (!canView || output === 'posterior') views[output] = allocate(output, values, elementCount(tile.layout));
  }
  return views;
}

/**
 * Copies those of a tile's results into the whole batch's arrays that are not there yet.
 *
 * @throws {ServiceError} `invalid_request` if an array lies in a region that can't be written
 */
export function store(batch: Batch, views: StoredArrays, arrays: ArrayTargets, tile: Tile): void {
  const { layout } = batch;
  for (const [output, values] of entriesOf(views)) {
    const target = arrays[output]!;
    const isRun = isPerSample(batch, output) || !isScattered(layout, tile);
    if (isInRegion(target)) {
      const first = isPerSample(batch, output) ? firstSample(layout, tile) : firstElement(layout, tile);
      writeNumbers(target, isRun ? [{ first, values }] : rowsOfResult(values, layout, tile));
    } else if (!isRun) {
      for (const { first, values: row } of rowsOfResult(values, layout, tile)) {
        copyNumbers(row, target.subarray(first, first + row.length));
      }
    }
  }
}

function* rowsOfResult(values: Float32Array | Uint16Array, layout: Layout, tile: Tile) {
  for (const { batchOffset, tileOffset, length } of rowsOf(layout, tile)) {
    yield { first: batchOffset, values: values.subarray(tileOffset, tileOffset + length) };
  }
}

/** Translates a position in a tile's output to the position in the whole batch's. */
export function positionInBatch(batch: Batch, output: ArrayOutput, tile: Tile, position: number): number {
  const { layout } = batch;
  if (isPerSample(batch, output)) return firstSample(layout, tile) + position;
  if (!isScattered(layout, tile)) return firstElement(layout, tile) + position;
  const { classes, inner } = tile.layout;
  const row = Math.floor(position / inner);
  return offsetOfRow(layout, tile, Math.floor(row / classes), row % classes) + (position % inner);
}

function gather<Type extends TypedNumbers>(
  purpose: string,
  values: Type,
  layout: Layout,
  tile: Tile,
  allocate: AllocateScratch,
): Type {
  if (!isScattered(layout, tile)) return viewOfElements(values, layout, tile);
  const gathered = allocate(purpose, values, elementCount(tile.layout));
  for (const { batchOffset, tileOffset, length } of rowsOf(layout, tile)) {
    const target = gathered.subarray(tileOffset, tileOffset + length);
    copyNumbers(values.subarray(batchOffset, batchOffset + length), target);
  }
  return gathered;
}

/** Reads a tile from a region of shared memory. */
function load(
  numbers: RegionNumbers,
  layout: Layout,
  tile: Tile,
  allocate: AllocateScratch,
  discard: (values: StoredFloats) => void,
): StoredFloats {
  const loaded = allocate('predictions', arrayLike(numbers), elementCount(tile.layout));
  try {
    if (!isScattered(layout, tile)) return readNumbers(numbers, firstElement(layout, tile), loaded);
    for (const { batchOffset, tileOffset, length } of rowsOf(layout, tile)) {
      readNumbers(numbers, batchOffset, loaded.subarray(tileOffset, tileOffset + length));
    }
    return loaded;
  } catch (error) {
    discard(loaded);
    throw error;
  }
}

function viewOfElements<Type extends TypedNumbers>(values: Type, layout: Layout, tile: Tile): Type {
  const first = firstElement(layout, tile);
  return values.subarray(first, first + elementCount(tile.layout)) as Type;
}

function viewOfSamples<Type extends TypedNumbers>(values: Type, layout: Layout, tile: Tile): Type {
  const first = firstSample(layout, tile);
  return values.subarray(first, first + sampleCount(tile.layout)) as Type;
}

/** Whether elements of other positions lie between the tile's classes. */
function isScattered(layout: Layout, tile: Tile): boolean {
  return tile.layout.inner < layout.inner && layout.classes > 1;
}

function isPerSample(batch: Batch, output: ArrayOutput): boolean {
  return outputLength(batch, output) < elementCount(batch.layout);
}

function firstSample(layout: Layout, { slice, position }: Tile): number {
  return slice * layout.inner + position;
}

/** Of a tile that is not scattered. */
function firstElement(layout: Layout, tile: Tile): number {
  return firstSample(layout, tile) * layout.classes;
}

/** The positions of one class in one run, which are contiguous. */
interface Row {
  readonly batchOffset: number;
  readonly tileOffset: number;
  readonly length: number;
}

function* rowsOf(layout: Layout, tile: Tile): Generator<Row> {
  const { outer: runs, classes, inner } = tile.layout;
  for (let run = 0; run < runs; run++) {
    for (let c = 0; c < classes; c++) {
      const tileOffset = (run * classes + c) * inner;
      yield { batchOffset: offsetOfRow(layout, tile, run, c), tileOffset, length: inner };
    }
  }
}

function offsetOfRow(layout: Layout, tile: Tile, run: number, c: number): number {
  return (tile.slice * layout.classes + c) * layout.inner + tile.position + run * tile.layout.inner;
}

function entriesOf<Values>(arrays: { readonly [output in ArrayOutput]?: Values }) {
  return Object.entries(arrays) as [ArrayOutput, Values][];
}
