import { BufferPool } from '../src/core/buffer-pool.ts';
import type { Engine } from '../src/engine/engine.ts';
import { startEngine } from '../src/engine/engine-pool.ts';
import type { Batch } from '../src/loss/batch.ts';
import { LARGE, makeBatch, makeNumbers } from './batches.ts';
import type { Child } from './harness/child.ts';
import { competitorsInstalled, NOT_INSTALLED, startTorchvision, versionsOf } from './harness/competitor.ts';
import { type Contender, interleave, timed } from './harness/interleave.ts';
import { type Benchmark, ratioTarget, type Section } from './harness/report.ts';
import { THREADS } from './harness/threads.ts';
import { timingTable } from './harness/timing-table.ts';

const OURS = 'this service, engine.evaluate';
const EAGER = 'torchvision, eager';
const COMPILED = 'torchvision, torch.compile';

/** 8 M elements with gradients and sums per class, numbers in memory to numbers in memory. */
export const kernel: Benchmark = {
  name: 'kernel',
  title: `Kernel: ${LARGE.samples} × ${LARGE.classes}, loss, gradients and per-class sums, ${THREADS} threads`,
  run: measure,
};

async function measure(): Promise<Section> {
  const { samples, classes } = LARGE;
  const eager = competitorsInstalled() ? await startTorchvision('eager', LARGE) : undefined;
  const compiled = competitorsInstalled() ? await startTorchvision('compile', LARGE) : undefined;
  const engine = startEngine({ engine: 'auto', threads: THREADS, queueLimit: 1 });
  const { name, versions } = await engine.ready;
  const batch = makeBatch(makeNumbers(samples, classes), samples, classes);

  const contenders: Contender[] = [
    { name: OURS, run: () => timed(() => evaluateOnce(engine, batch)) },
    ...contenderOf(EAGER, eager),
    ...contenderOf(COMPILED, compiled),
  ];
  const times = await interleave(contenders, { rounds: 15, warmUp: 2, budgetMs: 60_000 });
  await Promise.all([engine.close(), eager?.stop(), compiled?.stop()]);

  const compileSeconds = Number(compiled?.hello.first_ms) / 1000;
  return {
    targets: [
      ratioTarget('as fast as `torch.compile` of torchvision', times.ratio(COMPILED, OURS), 1, '≥'),
      ratioTarget('faster than torchvision eager', times.ratio(EAGER, OURS), 5, '≥'),
    ],
    tables: [timingTable(times, OURS)],
    notes: [
      'Labels are class indices. torchvision gets prepared one-hot targets, computes no per-class sums, and is timed inside ' +
        'its own process. The times of the service include the transfer to its threads and back.',
      ...(compiled ? [`The first compiled call, compilation included, took ${compileSeconds.toFixed(1)} s.`] : []),
      ...(compiled ? [] : [NOT_INSTALLED]),
    ],
    versions: { engine: name, ...versions, ...versionsOf(eager) },
  };
}

const pool = new BufferPool(2 ** 30);

/** As the service does for each request. */
export async function evaluateOnce(engine: Engine, batch: Batch): Promise<void> {
  const lease = pool.lease();
  await engine.evaluate(batch, { lease });
  lease.release();
}

/** Times of a competitor that measures itself. */
export function contenderOf(name: string, competitor: Child | undefined): Contender[] {
  return competitor ? [{ name, run: async () => Number((await competitor.ask({})).ms) }] : [];
}
