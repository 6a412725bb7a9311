import { createInterface } from 'node:readline';
import { dispose, engine, neg, slice, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { unpooled } from '../../src/core/allocator.ts';
import type { Backend, BackendName } from '../../src/engine/backends/backend.ts';
import { loadBackend } from '../../src/engine/backends/load-backend.ts';
import { KERNEL_NAMES, kernelAttributes } from '../../src/engine/kernel.ts';
import { newScratch } from '../../src/engine/scratch.ts';
import { batchOfTile, outputViews, store } from '../../src/engine/tile.ts';
import { partCount, type Tile, tilesOf } from '../../src/engine/tiling.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { allocateResults, type StoredArrays } from '../../src/loss/evaluation.ts';
import { makeBatch, makeNumbers } from '../batches.ts';
import { unlessToy } from '../harness/toy.ts';

// A process for the backend that its argument names, on hardware alone unless the next one is `software`, which times the
// stages of an evaluation. It prints what it runs on, or why it does not run; then it answers each { samples, classes } with the
// milliseconds of `Stages`.

/** Calls one after another, without waiting for the device in between. */
const IN_A_ROW = unlessToy(10, 2);

/** Each over all calls that a batch takes, and until the device is done. */
interface Stages {
  /** The tensors go to the device. */
  upload: number;
  /** From tensors there to sums here and gradients there. */
  kernel: number;
  /** The gradients come back. */
  download: number;
  /** One of many kernel calls in a row: what the device itself takes. */
  kernelInRow: number;
  /** One of many copies of the logits in a row, negated. They read and write as many bytes as logits and gradients have. */
  copyInRow: number;
}

async function timeStages(backend: Backend, batch: Batch, arrays: StoredArrays): Promise<Stages> {
  const stages: Stages = { upload: 0, kernel: 0, download: 0, kernelInRow: 0, copyInRow: 0 };
  for (const block of tilesOf(batch.layout, { from: 0, to: partCount(batch.layout) }, backend.tileSize)) {
    await timeBlock(backend, batch, arrays, block, stages);
  }
  return stages;
}

async function timeBlock(
  backend: Backend,
  batch: Batch,
  arrays: StoredArrays,
  block: Tile,
  stages: Stages,
): Promise<void> {
  const { predictions, labels, ...options } = batchOfTile(batch, block, newScratch);
  const views = outputViews(batch, arrays, block, false, newScratch);
  const { outer, classes, inner } = block.layout;
  const lap = stopwatch();
  const inputs = {
    predictions: tensor(predictions as Float32Array, [outer, classes, inner]),
    labels: tensor(labels, [outer, inner], 'int32'),
  };
  await Promise.all(Object.values(inputs).map(arrival));
  stages.upload += lap();
  const run = (): Tensor[] => engine().runKernel(KERNEL_NAMES[batch.activation], inputs, kernelAttributes(options));
  const outputs = run();
  const [sums, gradients] = outputs;
  await sums!.data();
  stages.kernel += lap();
  await backend.read(gradients!, views.gradients as Float32Array);
  stages.download += lap();
  store(batch, views, arrays, block);
  stages.kernelInRow += await timeInRow(run);
  stages.copyInRow += await timeInRow(() => [neg(inputs.predictions)]);
  dispose([...Object.values(inputs), ...outputs]);
}

/** Milliseconds per call. */
async function timeInRow(run: () => Tensor[]): Promise<number> {
  const lap = stopwatch();
  let outputs = run();
  for (let i = 1; i < IN_A_ROW; i++) {
    dispose(outputs);
    outputs = run();
  }
  await arrival(outputs[0]!);
  const ms = lap() / IN_A_ROW;
  dispose(outputs);
  return ms;
}

/** Backends upload a tensor when they first need it. */
async function arrival(uploaded: Tensor): Promise<void> {
  const { rank } = uploaded;
  const first = slice(uploaded, new Array<number>(rank).fill(0), new Array<number>(rank).fill(1));
  await first.data();
  first.dispose();
}

/** Milliseconds since it was asked before. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const [before, now] = [last, performance.now()];
    last = now;
    return now - before;
  };
}

const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);
const backend = await loadBackend(process.argv[2] as BackendName);
const started = await backend.start({ explicit: process.argv[3] === 'software' }).catch((error: Error) => error);
if (started instanceof Error) say({ unavailableReason: started.message });
else {
  say(started);
  let size = '';
  let batch = makeBatch(makeNumbers(1, 1), 1, 1);
  let arrays = allocateResults(batch, unpooled);
  for await (const line of createInterface(process.stdin)) {
    if (line !== size) {
      const { samples, classes } = JSON.parse(line) as { samples: number; classes: number };
      batch = makeBatch(makeNumbers(samples, classes), samples, classes);
      arrays = allocateResults(batch, unpooled);
      size = line;
    }
    say(await timeStages(backend, batch, arrays));
  }
}
process.exit(); // Dawn keeps a process alive.
