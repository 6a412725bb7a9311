import { copyNumbers } from '../../core/copy-bytes.ts';
import type { Batch, Labels } from '../../loss/batch.ts';
import { SUMS_OF_CALIBRATION } from '../../loss/calibration.ts';
import { elementCount, type Layout } from '../../loss/tensor.ts';
import type { IndexRange } from '../tiling.ts';
import { type Box, boxesOf } from './boxes.ts';
import { posteriorModule } from './posterior-module.ts';

/** The fields of assembly/box.ts, each of 4 bytes. */
const BOX_FIELDS = 13;
const FLOAT64_BYTES = Float64Array.BYTES_PER_ELEMENT;
const ALIGNMENT = 16;

export interface PosteriorTargets {
  /** `[outer, classes, inner]`; absent if it is not requested. */
  readonly posterior?: Float32Array | undefined;
  /** To which the sums of calibration are added; absent if they are not requested. */
  readonly calibration?: Float64Array | undefined;
}

/**
 * Computes posteriors and sums of calibration, box by box in the memory of a WebAssembly module.
 *
 * @param predictions of the batch, as float32; all of them finite
 * @param slices those of the batch to be evaluated
 */
export function writePosterior(
  batch: Omit<Batch, 'predictions'>,
  predictions: Float32Array,
  slices: IndexRange,
  { posterior, calibration }: PosteriorTargets,
): void {
  const { activation, layout, labels, source, epsilon, gamma, posteriorOffsets } = batch;
  const boxes = [...boxesOf(layout, slices)];
  const largest = boxes.reduce((most, box) => Math.max(most, elementCount(box.layout)), 0);
  const memory = new Memory(layout.classes, largest);
  setTwice(memory.gammas, gamma.positive);
  if (posteriorOffsets) setTwice(memory.offsets, posteriorOffsets);
  memory.bins.fill(0);
  for (const box of boxes) {
    forRows(layout, box, (first, offset, length) => {
      copyNumbers(predictions.subarray(first, first + length), memory.predictions.subarray(offset, offset + length));
    });
    if (calibration) copyLabels(labels, layout, box, memory);
    memory.box.set([
      box.layout.outer,
      box.layout.classes,
      box.layout.inner,
      source === 'probabilities' ? 1 : 0,
      memory.predictions.byteOffset,
      memory.labels.byteOffset,
      labelKind(labels),
      memory.outcomes,
      memory.gammas.byteOffset,
      posteriorOffsets ? memory.offsets.byteOffset : 0,
      memory.posterior.byteOffset,
      calibration ? memory.bins.byteOffset : 0,
      memory.rows,
    ]);
    posteriorModule[activation](memory.box.byteOffset, epsilon);
    if (!posterior) continue;
    forRows(layout, box, (first, offset, length) => {
      copyNumbers(memory.posterior.subarray(offset, offset + length), posterior.subarray(first, first + length));
    });
  }
  if (calibration) for (const [i, sum] of memory.bins.entries()) calibration[i]! += sum;
}

/** Views of the module's memory for boxes of up to so many elements. */
class Memory {
  readonly box: Uint32Array;
  readonly bins: Float64Array;
  readonly gammas: Float64Array;
  readonly offsets: Float64Array;
  readonly rows: number;
  readonly outcomes: number;
  readonly predictions: Float32Array;
  readonly posterior: Float32Array;
  readonly labels: Uint8Array;

  constructor(classes: number, elements: number) {
    const twice = FLOAT64_BYTES * 2 * classes;
    const rowBytes = FLOAT64_BYTES * 3 * (classes + 2); // Vectors have two numbers.
    const floats = Float32Array.BYTES_PER_ELEMENT * elements;
    const sizes = [4 * BOX_FIELDS, FLOAT64_BYTES * SUMS_OF_CALIBRATION, twice, twice, rowBytes];
    const aligned = [...sizes, floats, floats, floats, elements].map((size) => Math.ceil(size / ALIGNMENT) * ALIGNMENT);
    let at = posteriorModule.reserve(aligned.reduce((sum, size) => sum + size, 0));
    const [box, bins, gammas, offsets, rows, predictions, posterior, labels, outcomes] = aligned.map((size) => {
      const address = at;
      at += size;
      return address;
    });
    const { buffer } = posteriorModule.memory;
    this.box = new Uint32Array(buffer, box, BOX_FIELDS);
    this.bins = new Float64Array(buffer, bins, SUMS_OF_CALIBRATION);
    this.gammas = new Float64Array(buffer, gammas, 2 * classes);
    this.offsets = new Float64Array(buffer, offsets, 2 * classes);
    this.rows = rows!;
    this.outcomes = outcomes!;
    this.predictions = new Float32Array(buffer, predictions, elements);
    this.posterior = new Float32Array(buffer, posterior, elements);
    this.labels = new Uint8Array(buffer, labels, floats);
  }
}

function setTwice(target: Float64Array, values: Float64Array): void {
  target.set(values);
  target.set(values, values.length);
}

function labelKind(labels: Labels): number {
  if (labels instanceof Float32Array) return 0;
  return labels instanceof Uint8Array ? 1 : 2;
}

function copyLabels(labels: Labels, layout: Layout, box: Box, memory: Memory): void {
  const size = labels.BYTES_PER_ELEMENT;
  const copy = (first: number, offset: number, length: number) => {
    copyNumbers(
      labels.subarray(first, first + length),
      memory.labels.subarray(size * offset, size * (offset + length)),
    );
  };
  if (labels instanceof Int32Array) {
    const samples = box.layout.outer * box.layout.inner;
    copy(box.slice * layout.inner + box.position, 0, samples);
  } else forRows(layout, box, copy);
}

/** Calls `use` with each run of elements that is contiguous: where it begins in the batch and in the box, and its length. */
function forRows(
  { classes, inner }: Layout,
  { slice, position, layout }: Box,
  use: (first: number, offset: number, length: number) => void,
): void {
  const start = slice * classes * inner + position;
  if (layout.inner === inner) {
    use(start, 0, elementCount(layout));
    return;
  }
  for (let c = 0; c < classes; c++) use(start + c * inner, c * layout.inner, layout.inner);
}
