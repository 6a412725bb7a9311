import type { Batch } from '../loss/batch.ts';
import { type ArrayOutput, outputLength, type StoredArrays } from '../loss/evaluation.ts';
import { elementCount, type Layout, sampleCount } from '../loss/layout.ts';
import type { AllocateScratch, TypedNumbers } from './scratch.ts';
import type { Tile } from './tiling.ts';

/** A block as a batch of its own, whose tensors are views of the whole's, or copies of what is scattered there. */
export function tileBatch(batch: Batch, block: Tile, allocate: AllocateScratch): Batch {
  const { layout, labels, sampleWeights } = batch;
  return {
    ...batch,
    layout: block.layout,
    predictions: elementsOf('predictions', batch.predictions, layout, block, allocate),
    labels:
      labels instanceof Float32Array
        ? elementsOf('labels', labels, layout, block, allocate)
        : viewOfSamples(labels, layout, block),
    ...(sampleWeights && { sampleWeights: viewOfSamples(sampleWeights, layout, block) }),
  };
}

/** Where a block's results go: where they belong in the whole's, or, for `putBack`, to room of their own. */
export function outputViews(batch: Batch, arrays: StoredArrays, block: Tile, allocate: AllocateScratch): StoredArrays {
  const { layout } = batch;
  return Object.fromEntries(
    entriesOf(arrays).map(([output, values]) => {
      if (isPerSample(batch, output)) return [output, viewOfSamples(values, layout, block)];
      if (!isScattered(layout, block)) return [output, viewOfElements(values, layout, block)];
      return [output, allocate(output, values, elementCount(block.layout))];
    }),
  );
}

/** Brings results to where they belong, if they are not there yet. */
export function scatter(batch: Batch, places: StoredArrays, arrays: StoredArrays, block: Tile): void {
  if (!isScattered(batch.layout, block)) return;
  for (const [output, values] of entriesOf(places)) {
    if (isPerSample(batch, output)) continue;
    for (const { at, inTile, length } of rowsOf(batch.layout, block)) {
      arrays[output]!.set(values.subarray(inTile, inTile + length), at);
    }
  }
}

/** Where in the whole's output a position of a block's is. */
export function positionInBatch(batch: Batch, output: ArrayOutput, block: Tile, position: number): number {
  const { layout } = batch;
  if (isPerSample(batch, output)) return firstSample(layout, block) + position;
  if (!isScattered(layout, block)) return firstElement(layout, block) + position;
  const { classes, inner } = block.layout;
  const row = Math.floor(position / inner);
  return startOfRow(layout, block, Math.floor(row / classes), row % classes) + (position % inner);
}

function elementsOf<Type extends TypedNumbers>(
  purpose: string,
  values: Type,
  whole: Layout,
  block: Tile,
  allocate: AllocateScratch,
): Type {
  if (!isScattered(whole, block)) return viewOfElements(values, whole, block);
  const gathered = allocate(purpose, values, elementCount(block.layout));
  for (const { at, inTile, length } of rowsOf(whole, block)) gathered.set(values.subarray(at, at + length), inTile);
  return gathered;
}

function viewOfElements<Type extends TypedNumbers>(values: Type, whole: Layout, block: Tile): Type {
  const from = firstElement(whole, block);
  return values.subarray(from, from + elementCount(block.layout)) as Type;
}

function viewOfSamples<Type extends TypedNumbers>(values: Type, whole: Layout, block: Tile): Type {
  const from = firstSample(whole, block);
  return values.subarray(from, from + sampleCount(block.layout)) as Type;
}

/** Whether other positions' elements lie between those of its classes. */
function isScattered(whole: Layout, { layout }: Tile): boolean {
  return layout.inner < whole.inner && whole.classes > 1;
}

function isPerSample(batch: Batch, output: ArrayOutput): boolean {
  return outputLength(batch, output) < elementCount(batch.layout);
}

function firstSample(whole: Layout, { slice, position }: Tile): number {
  return slice * whole.inner + position;
}

/** Of a block that is not scattered. */
function firstElement(whole: Layout, block: Tile): number {
  return firstSample(whole, block) * whole.classes;
}

/** The positions of one class in one run, which lie side by side. */
interface Row {
  /** Where it begins in the whole and in the block. */
  readonly at: number;
  readonly inTile: number;
  readonly length: number;
}

function* rowsOf(whole: Layout, block: Tile): Generator<Row> {
  const { outer, classes, inner } = block.layout;
  for (let run = 0; run < outer; run++) {
    for (let c = 0; c < classes; c++) {
      yield { at: startOfRow(whole, block, run, c), inTile: (run * classes + c) * inner, length: inner };
    }
  }
}

function startOfRow(whole: Layout, { layout, slice, position }: Tile, run: number, c: number): number {
  return (slice * whole.classes + c) * whole.inner + position + run * layout.inner;
}

function entriesOf(arrays: StoredArrays) {
  return Object.entries(arrays) as [ArrayOutput, Float32Array | Uint16Array][];
}
