import { type StoredFloats, viewFloats } from '../../core/float-format.ts';
import { toFloat32 } from '../../core/float16/float16.ts';
import { arrayLike, isInRegion, type RegionNumbers, readNumbers } from '../../core/shared-memory/region-numbers.ts';
import { type Batch, IGNORED, isIgnoredByte } from '../batch.ts';
import { firstElement, type Layout, sampleCount } from '../tensor.ts';

/** As many samples, and as many logits, are looked at: that takes 0.1 ms at most, whatever the size of the batch. */
const MAX_SAMPLES = 256;
const MAX_ELEMENTS = 2 ** 13;
/** From a file, each run of numbers is a call of the operating system, which takes some µs. */
const MAX_FILE_READS = 64;

/** Samples at fixed places of a batch. Those that are ignored or have weight 0, even in part, are left out. */
export interface BatchSample {
  readonly samples: number;
  readonly classes: number;
  /** `[samples, classes]` */
  readonly predictions: Float32Array;
  /** Their labels: class indices, `[samples]`, or dense ones, `[samples, classes]`. */
  readonly labels: Batch['labels'];
  /** `[samples]`; absent if all are 1. */
  readonly weights?: Float32Array;
  /** `[samples, classes]`; absent if all are 1. */
  readonly elementWeights?: Float32Array;
  /** Whether these are all samples that count. */
  readonly isWhole: boolean;
}

/** Undefined: one sample has too many classes to look at. */
export function sampleBatch(batch: Batch): BatchSample | undefined {
  const { layout, predictions, labels, sampleWeights, elementWeights } = batch;
  const { classes, inner } = layout;
  const all = sampleCount(layout);
  const reads = inner === 1 ? 1 : classes;
  const maxSamples = Math.floor(isInRegion(predictions) ? MAX_FILE_READS / reads : MAX_SAMPLES);
  const chosen = countingSamples(batch, Math.min(maxSamples, Math.floor(MAX_ELEMENTS / classes)));
  if (chosen === undefined) return undefined;
  const rows = chosen.numbers;
  if (rows.length === all && inner === 1 && !isInRegion(predictions)) return wholeBatch(batch, predictions);
  return {
    samples: rows.length,
    classes,
    predictions: predictionsOf(batch, rows),
    labels: labels instanceof Int32Array ? indicesOf(labels, rows) : elementsOf(labels, layout, rows),
    ...(sampleWeights && { weights: Float32Array.from(rows, (row) => sampleWeights[row]!) }),
    ...(elementWeights && { elementWeights: elementsOf(elementWeights, layout, rows) }),
    isWhole: chosen.places >= all,
  };
}

/** A small batch in one piece is looked at where it lies: to copy it would take longer than all else. */
function wholeBatch(
  { layout, predictionsFormat, labels, sampleWeights, elementWeights }: Batch,
  predictions: StoredFloats,
): BatchSample {
  return {
    samples: layout.outer,
    classes: layout.classes,
    predictions: toFloat32(predictions, predictionsFormat),
    labels,
    ...(sampleWeights && { weights: sampleWeights }),
    ...(elementWeights && { elementWeights }),
    isWhole: true,
  };
}

function countingSamples(batch: Batch, maxSamples: number): { numbers: number[]; places: number } | undefined {
  if (maxSamples < 1) return undefined;
  const all = sampleCount(batch.layout);
  const places = Math.min(maxSamples, all);
  const numbers: number[] = [];
  const allCount = batch.counts.ignored === 0 && !batch.sampleWeights && !batch.elementWeights;
  for (let i = 0; i < places; i++) {
    const sample = placeOf(i, places, all);
    if (allCount || counts(batch, sample)) numbers.push(sample);
  }
  return { numbers, places };
}

/** The golden ratio's fraction, whose multiples are spread evenly: equal steps would meet the same column of each image. */
const GOLDEN_FRACTION = (Math.sqrt(5) - 1) / 2;

/** The number of the i-th of `places` samples, in ascending order. */
export function placeOf(i: number, places: number, all: number): number {
  if (places >= all) return i;
  const start = Math.floor((i * all) / places);
  const end = Math.floor(((i + 1) * all) / places);
  return start + Math.floor(((i * GOLDEN_FRACTION) % 1) * (end - start));
}

function counts({ labels, layout, sampleWeights, elementWeights }: Batch, sample: number): boolean {
  if (sampleWeights?.[sample] === 0) return false;
  if (elementWeights && hasZero(elementWeights, layout, sample)) return false;
  if (labels instanceof Int32Array) return labels[sample] !== IGNORED;
  let at = firstElement(layout, sample);
  for (let c = 0; c < layout.classes; c++, at += layout.inner) {
    const y = labels[at]!;
    if (labels instanceof Uint8Array ? isIgnoredByte(y) : y === IGNORED) return false;
  }
  return true;
}

function hasZero(weights: Float32Array, layout: Layout, sample: number): boolean {
  let at = firstElement(layout, sample);
  for (let c = 0; c < layout.classes; c++, at += layout.inner) if (weights[at] === 0) return true;
  return false;
}

function indicesOf(labels: Int32Array, rows: readonly number[]): Int32Array {
  const indices = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) indices[i] = labels[rows[i]!]!;
  return indices;
}

/** All classes of each sample, `[rows, classes]`. */
function elementsOf<Type extends Float32Array | Uint8Array>(
  values: Type,
  { classes, inner }: Layout,
  rows: readonly number[],
): Type;
function elementsOf(
  values: Float32Array | Uint8Array,
  layout: Layout,
  rows: readonly number[],
): Float32Array | Uint8Array {
  const { classes, inner } = layout;
  const length = rows.length * classes;
  const chosen = values instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
  let to = 0;
  for (const row of rows) {
    let at = firstElement(layout, row);
    for (let c = 0; c < classes; c++, at += inner) chosen[to++] = values[at]!;
  }
  return chosen;
}

function predictionsOf({ predictions, predictionsFormat, layout }: Batch, rows: readonly number[]): Float32Array {
  const { classes, inner } = layout;
  const like = isInRegion(predictions) ? arrayLike(predictions) : predictions;
  const values = viewFloats(predictionsFormat, new Uint8Array(like.BYTES_PER_ELEMENT * rows.length * classes));
  let to = 0;
  for (const row of rows) {
    let at = firstElement(layout, row);
    if (isInRegion(predictions)) readRow(predictions, at, inner, values.subarray(to, to + classes));
    else for (let c = 0; c < classes; c++, at += inner) values[to + c] = predictions[at]!;
    to += classes;
  }
  return toFloat32(values, predictionsFormat);
}

function readRow(predictions: RegionNumbers, first: number, inner: number, target: StoredFloats): void {
  if (inner === 1) readNumbers(predictions, first, target);
  else for (let c = 0; c < target.length; c++) readNumbers(predictions, first + c * inner, target.subarray(c, c + 1));
}
