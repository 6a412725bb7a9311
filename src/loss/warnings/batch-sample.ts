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

type Numbers = StoredFloats | Batch['labels'];

/** Undefined: one sample has too many classes to look at. */
export function sampleBatch(batch: Batch): BatchSample | undefined {
  const { layout, predictions, labels, sampleWeights, elementWeights } = batch;
  const { classes, inner } = layout;
  const all = sampleCount(layout);
  const reads = inner === 1 ? 1 : classes;
  const isFile = isInRegion(predictions);
  const maxSamples = Math.min(Math.floor(isFile ? MAX_FILE_READS / reads : MAX_SAMPLES), MAX_ELEMENTS / classes);
  if (maxSamples < 1) return undefined;
  const allCount = batch.counts.ignored === 0 && sampleWeights === undefined && elementWeights === undefined;
  if (allCount && all <= maxSamples && inner === 1 && !isFile) return wholeBatch(batch, predictions);
  const places = Math.min(Math.floor(maxSamples), all);
  const rows = samplesAt(batch, places, allCount);
  if (rows.length === all && inner === 1 && !isFile) return wholeBatch(batch, predictions);
  return {
    samples: rows.length,
    classes,
    predictions: predictionsOf(batch, rows),
    labels: labels instanceof Int32Array ? indicesOf(labels, rows) : elementsOf(labels, layout, rows),
    ...(sampleWeights && { weights: Float32Array.from(rows, (row) => sampleWeights[row]!) }),
    ...(elementWeights && { elementWeights: elementsOf(elementWeights, layout, rows) }),
    isWhole: places >= all,
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

/** The numbers of the samples at `places` places, of those that count. */
function samplesAt(batch: Batch, places: number, allCount: boolean): Uint32Array {
  const all = sampleCount(batch.layout);
  const numbers = new Uint32Array(places);
  let chosen = 0;
  for (let i = 0; i < places; i++) {
    const sample = placeOf(i, places, all);
    if (allCount || counts(batch, sample)) numbers[chosen++] = sample;
  }
  return numbers.subarray(0, chosen);
}

/** The most places that are looked at in one batch. */
export const MAX_PLACES = 1024;
/** The golden ratio's fraction, whose multiples are spread evenly: equal steps would meet the same column of each image. */
const GOLDEN_FRACTION = (Math.sqrt(5) - 1) / 2;
/** Where each place lies in its part of the batch. Computed once, because a remainder takes as long as all else. */
const FRACTIONS = Float64Array.from({ length: MAX_PLACES }, (_, i) => (i * GOLDEN_FRACTION) % 1);

/** The number of the i-th of `places` samples, in ascending order. */
export function placeOf(i: number, places: number, all: number): number {
  if (places >= all) return i;
  const step = all / places;
  const start = Math.floor(i * step);
  const end = Math.floor((i + 1) * step);
  return start + Math.floor(FRACTIONS[i]! * (end - start));
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

function indicesOf(labels: Int32Array, rows: Uint32Array): Int32Array {
  const indices = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) indices[i] = labels[rows[i]!]!;
  return indices;
}

/** All classes of each sample, `[rows, classes]`. */
function elementsOf<Type extends Float32Array | Uint8Array>(values: Type, layout: Layout, rows: Uint32Array): Type;
function elementsOf(values: Float32Array | Uint8Array, layout: Layout, rows: Uint32Array): Float32Array | Uint8Array {
  const length = rows.length * layout.classes;
  const chosen = values instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
  gather(values, layout, rows, chosen);
  return chosen;
}

function predictionsOf({ predictions, predictionsFormat, layout }: Batch, rows: Uint32Array): Float32Array {
  const { classes } = layout;
  const length = rows.length * classes;
  if (predictions instanceof Float32Array) {
    const floats = new Float32Array(length);
    gather(predictions, layout, rows, floats);
    return floats;
  }
  const like = isInRegion(predictions) ? arrayLike(predictions) : predictions;
  const values = viewFloats(predictionsFormat, new Uint8Array(like.BYTES_PER_ELEMENT * length));
  if (isInRegion(predictions)) readRows(predictions, layout, rows, values);
  else gather(predictions, layout, rows, values);
  return toFloat32(values, predictionsFormat);
}

/** Copies the elements of samples, one sample after the other. */
function gather(from: Numbers, layout: Layout, rows: Uint32Array, target: Numbers): void {
  const { classes, inner } = layout;
  let to = 0;
  for (let i = 0; i < rows.length; i++) {
    let at = inner === 1 ? rows[i]! * classes : firstElement(layout, rows[i]!);
    for (const end = to + classes; to < end; to++, at += inner) target[to] = from[at]!;
  }
}

function readRows(predictions: RegionNumbers, layout: Layout, rows: Uint32Array, target: StoredFloats): void {
  const { classes } = layout;
  for (let i = 0; i < rows.length; i++) {
    readRow(predictions, firstElement(layout, rows[i]!), layout.inner, target.subarray(i * classes, (i + 1) * classes));
  }
}

function readRow(predictions: RegionNumbers, first: number, inner: number, target: StoredFloats): void {
  if (inner === 1) readNumbers(predictions, first, target);
  else for (let c = 0; c < target.length; c++) readNumbers(predictions, first + c * inner, target.subarray(c, c + 1));
}
