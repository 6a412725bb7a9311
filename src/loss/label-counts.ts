import type { Labels } from './batch.ts';
import { everyBlock, labelModule } from './label-scan/label-blocks.ts';
import type { Layout } from './tensor.ts';

/** The number of positive and negative labels of each class, `[classes]` each. */
export interface LabelCounts {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/**
 * Counts labels of y ≥ 0.5 as positive and others as negative; ignored ones are not counted.
 *
 * @param labels those of a `Batch`
 */
export function countLabels(labels: Labels, layout: Layout): LabelCounts {
  return labels instanceof Int32Array ? countIndices(labels, layout.classes) : countDense(labels, layout);
}

/** Before the counts of classes are those of background and of ignored samples. */
const SPECIAL = 2;
const IGNORED_SLOT = 1;

function countIndices(labels: Int32Array, classes: number): LabelCounts {
  const size = SPECIAL + classes;
  const tables = clearCounts(labelModule.TABLES.value * size);
  everyBlock(labels, (at, count) => {
    labelModule.countIndices(at, count, tables.byteOffset, classes);
    return true;
  });
  const sums = new Float64Array(size);
  for (let at = 0; at < tables.length; at += size) {
    for (let slot = 0; slot < size; slot++) sums[slot]! += tables[at + slot]!;
  }
  const samples = labels.length - sums[IGNORED_SLOT]!;
  const positives = sums.slice(SPECIAL);
  return { positives, negatives: positives.map((count) => samples - count) }; // Background is negative for every class.
}

/** Of fewer columns, several samples are counted apart, as one of so many classes: vectors divide these well. */
const MIN_COLUMNS = 32;
/** Shorter runs of one class are counted apart, label by label, as far as all columns stay in the processor's cache. */
const MIN_RUN = 16;
const MAX_COLUMNS = 2 ** 14;

function countDense(labels: Float32Array | Uint8Array, layout: Layout): LabelCounts {
  const { outer, classes, inner } = layout;
  if (labels.length === 0) return { positives: new Float64Array(classes), negatives: new Float64Array(classes) };
  const hasRuns = inner >= MIN_RUN || (inner > 1 && inner * classes > MAX_COLUMNS);
  const [positive, ignored] = hasRuns ? countByRun(labels, layout) : countByColumn(labels, layout);
  return { positives: positive, negatives: positive.map((count, c) => outer * inner - ignored[c]! - count) };
}

type PositiveAndIgnored = [Float64Array, Float64Array];

function countByRun(labels: Float32Array | Uint8Array, { classes, inner }: Layout): PositiveAndIgnored {
  const counts = clearCounts(2 * classes);
  everyFloatBlock(labels, (at, count, start) => {
    labelModule.countRuns(at, count, start % (classes * inner), counts.byteOffset, classes, inner);
  });
  return [Float64Array.from(counts.subarray(0, classes)), Float64Array.from(counts.subarray(classes))];
}

function countByColumn(labels: Float32Array | Uint8Array, { classes, inner }: Layout): PositiveAndIgnored {
  const slice = classes * inner;
  const columns = slice * Math.ceil(MIN_COLUMNS / slice);
  const counts = clearCounts(2 * columns);
  everyFloatBlock(labels, (at, count, start) => {
    labelModule.countColumns(at, count, start % columns, counts.byteOffset, columns);
  });
  const byClass = (columnCounts: Uint32Array) => {
    const sums = new Float64Array(classes);
    for (let column = 0; column < columns; column++) {
      sums[Math.floor(column / inner) % classes]! += columnCounts[column]!;
    }
    return sums;
  };
  return [byClass(counts.subarray(0, columns)), byClass(counts.subarray(columns))];
}

function everyFloatBlock(
  labels: Float32Array | Uint8Array,
  use: (address: number, count: number, start: number) => void,
): void {
  everyBlock(labels, (at, count, start) => {
    if (labels instanceof Uint8Array) labelModule.widenBytes(at, count);
    use(labels instanceof Uint8Array ? labelModule.RESULT.value : at, count, start);
    return true;
  });
}

/** Counts in the memory of the module, all 0. */
function clearCounts(length: number): Uint32Array {
  const address = labelModule.clearCounts(Uint32Array.BYTES_PER_ELEMENT * length);
  return new Uint32Array(labelModule.memory.buffer, address, length);
}
