import type { KernelOptions } from '../../kernel.ts';

/** Threads of a workgroup: every WebGPU device has 256, and 128 leave each more registers. */
export const THREADS = 128;

/** Rows of a tile under softmax: what a row's classes share lies in workgroup memory, of which every device has 16 KiB. */
export const MOST_ROWS = 64;

/** In softmax's first pass: waiting for other threads costs about as much as a few classes. */
const CLASSES_PER_LANE = 8;

/** How workgroups share the samples, and a workgroup's threads its samples and classes. Lanes are powers of 2. */
export interface Geometry {
  /** Threads side by side along the classes, and along the samples. */
  readonly classLanes: number;
  readonly rowLanes: number;
  /** Samples that a workgroup takes at once, and how often it does. All of them are one part of the sums. */
  readonly rows: number;
  readonly tiles: number;
  /** Threads side by side along the classes in softmax's first pass, and along the samples. */
  readonly lanesOfRow: number;
  readonly rowsAtOnce: number;
  /** Whether neighbouring threads have neighbouring samples, not classes: whichever lie side by side in memory. */
  readonly samplesFirst: boolean;
}

/** Workgroups that it takes to keep a large GPU busy; with fewer samples to a part there are more of them. */
const GROUPS = 512;

/** A part's sums take 112 bytes a class: with 256 samples a ninth of its predictions, with 32 seven eighths. */
const SAMPLES_PER_GROUP = { fewest: 32, most: 256 };

export function geometryOf({ activation, layout }: Pick<KernelOptions, 'activation' | 'layout'>): Geometry {
  const samplesFirst = layout.inner > 1;
  const share = powerOf2Below((layout.outer * layout.inner) / GROUPS);
  const samples = Math.min(Math.max(share, SAMPLES_PER_GROUP.fewest), SAMPLES_PER_GROUP.most);
  if (activation === 'sigmoid') {
    // No two threads meet in a sample: where samples lie side by side, so do the threads.
    const classLanes = samplesFirst ? 1 : lanesFor(layout.classes);
    const rowLanes = THREADS / classLanes;
    // Adding up the sums of a class's threads costs about as much as a few rows.
    const rows = Math.max(samples, Math.min(share, 8 * rowLanes), rowLanes);
    return { classLanes, rowLanes, rows, tiles: 1, samplesFirst, lanesOfRow: 1, rowsAtOnce: THREADS };
  }
  const classLanes = lanesFor(layout.classes);
  const lanesOfRow = Math.max(THREADS / MOST_ROWS, lanesFor(layout.classes / CLASSES_PER_LANE));
  const rowsAtOnce = THREADS / lanesOfRow;
  const rows = Math.max(Math.min(samples, MOST_ROWS), rowsAtOnce);
  // With more classes than threads, what the rows of a tile share has to last until the last class.
  const tiles = layout.classes <= classLanes ? Math.max(1, samples / rows) : 1;
  return { classLanes, rowLanes: THREADS / classLanes, rows, tiles, samplesFirst, lanesOfRow, rowsAtOnce };
}

function lanesFor(classes: number): number {
  return Math.min(THREADS, 2 ** Math.max(0, Math.ceil(Math.log2(classes))));
}

function powerOf2Below(value: number): number {
  return 2 ** Math.floor(Math.log2(value));
}
