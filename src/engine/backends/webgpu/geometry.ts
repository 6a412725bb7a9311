import type { KernelOptions } from '../../kernel.ts';

/** Threads of a workgroup. Every WebGPU device supports 256; with 128, each has more registers. */
export const THREADS = 128;

/** Rows of a tile under softmax. The state of a row is in workgroup memory, of which every device has 16 KiB. */
export const MAX_ROWS = 64;

/** In softmax's first pass, where waiting for other threads costs about as much as computing a few classes. */
const CLASSES_PER_LANE = 8;

/** How samples are divided among workgroups, and samples and classes among a workgroup's threads. Lanes are powers of 2. */
export interface Geometry {
  /** Number of threads along the classes, and along the samples. */
  readonly classLanes: number;
  readonly rowLanes: number;
  /** Samples that a workgroup processes at once, and how many times. All of them are one part of the sums. */
  readonly rows: number;
  readonly tiles: number;
  /** The same for softmax's first pass. */
  readonly lanesOfRow: number;
  readonly rowsAtOnce: number;
  /** Whether adjacent threads have adjacent samples, not classes: whichever are adjacent in memory. */
  readonly samplesFirst: boolean;
}

/** The number of workgroups that keeps a large GPU busy; fewer samples per part make more of them. */
const GROUPS = 512;

/** A part's sums take 112 bytes a class: a ninth of its predictions' size with 256 samples, seven eighths with 32. */
const SAMPLES_PER_GROUP = { min: 32, max: 256 };

export function geometryOf({ activation, layout }: Pick<KernelOptions, 'activation' | 'layout'>): Geometry {
  const samplesFirst = layout.inner > 1;
  const share = powerOf2Below((layout.outer * layout.inner) / GROUPS);
  const samples = Math.min(Math.max(share, SAMPLES_PER_GROUP.min), SAMPLES_PER_GROUP.max);
  if (activation === 'sigmoid') {
    // Threads do not share samples here: if samples are adjacent in memory, adjacent threads take adjacent samples.
    const classLanes = samplesFirst ? 1 : lanesFor(layout.classes);
    const rowLanes = THREADS / classLanes;
    // Combining the sums of a class's threads costs about as much as computing a few rows.
    const rows = Math.max(samples, Math.min(share, 8 * rowLanes), rowLanes);
    return { classLanes, rowLanes, rows, tiles: 1, samplesFirst, lanesOfRow: 1, rowsAtOnce: THREADS };
  }
  const classLanes = lanesFor(layout.classes);
  const lanesOfRow = Math.max(THREADS / MAX_ROWS, lanesFor(layout.classes / CLASSES_PER_LANE));
  const rowsAtOnce = THREADS / lanesOfRow;
  const rows = Math.max(Math.min(samples, MAX_ROWS), rowsAtOnce);
  // With more classes than threads, the state of a tile's rows is needed until the last class.
  const tiles = layout.classes <= classLanes ? Math.max(1, samples / rows) : 1;
  return { classLanes, rowLanes: THREADS / classLanes, rows, tiles, samplesFirst, lanesOfRow, rowsAtOnce };
}

function lanesFor(classes: number): number {
  return Math.min(THREADS, 2 ** Math.max(0, Math.ceil(Math.log2(classes))));
}

function powerOf2Below(value: number): number {
  return 2 ** Math.floor(Math.log2(value));
}
