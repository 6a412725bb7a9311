import { setTimeout as sleep } from 'node:timers/promises';
import { mean } from '../../test/harness/mean.ts';
import { median } from '../../test/harness/median.ts';
import { peakRss, resetPeak } from '../../test/harness/rss.ts';
import { scrape } from '../../test/harness/scrape.ts';
import { type Service, startService } from '../../test/harness/service-process.ts';
import { THREADS } from '../harness/threads.ts';
import { unlessToy } from '../harness/toy.ts';
import { closedLoop } from './closed-loop.ts';
import type { ReplicaThroughput } from './model.ts';
import { processorMs } from './processor-time.ts';
import { largeWorkload, smallWorkloads, type Workload } from './workloads.ts';

const ROUNDS = unlessToy(3, 1);
const WARM_UP_MS = unlessToy(500, 50);
const SCRAPE_MS = unlessToy(200, 20);
/** Itself a request in flight. */
const THE_SCRAPE = 1;

/** What one replica does with one workload. */
export interface OneReplica extends ReplicaThroughput {
  readonly workload: string;
  readonly engine: string;
  readonly callers: number;
  /** Of the service alone, with all callers. */
  readonly processorMs: number;
  /** `focal_loss_queue_depth` with all callers, on average. */
  readonly queueDepth: number;
  /** `focal_loss_http_requests_in_flight`, likewise. */
  readonly inFlight: number;
  /** Share of its time that the HTTP thread is busy, likewise. */
  readonly httpThreadBusy: number;
  /** Resident memory at its highest, with all callers. */
  readonly peakBytes: number;
}

type Turn = Pick<
  OneReplica,
  'aloneMs' | 'maxPerSecond' | 'processorMs' | 'queueDepth' | 'inFlight' | 'httpThreadBusy' | 'peakBytes'
>;

/** A service of its own, with the threads that the chart gives it, asked directly. */
export async function measureOneReplica(): Promise<OneReplica[]> {
  const service = await startService('--engine-threads', String(THREADS));
  const { name: engine } = (await (await fetch(`http://127.0.0.1:${service.address}/v1/engine`)).json()) as {
    name: string;
  };
  const found: OneReplica[] = [];
  // The largest last: its memory stays.
  for (const workload of [...smallWorkloads(), largeWorkload()]) {
    await closedLoop({ ...loopOf(service, workload), durationMs: WARM_UP_MS });
    const turns: Turn[] = [];
    for (let round = 0; round < ROUNDS; round++) turns.push(await takeTurn(service, workload, round));
    const middle = (field: keyof Turn) => median(turns.map((turn) => turn[field]));
    found.push({
      workload: workload.name,
      engine,
      callers: workload.callers,
      aloneMs: middle('aloneMs'),
      maxPerSecond: middle('maxPerSecond'),
      processorMs: middle('processorMs'),
      queueDepth: middle('queueDepth'),
      inFlight: middle('inFlight'),
      httpThreadBusy: middle('httpThreadBusy'),
      peakBytes: middle('peakBytes'),
    });
  }
  await service.stop();
  return found;
}

async function takeTurn(service: Service, workload: Workload, round: number): Promise<Turn> {
  const alone = await closedLoop({ ...loopOf(service, workload), jobs: 1, seed: round });
  await resetPeak(service.pid);
  const busySeconds = async () => (await scrapeOf(service)).get('focal_loss_http_thread_busy_seconds_total')!;
  const depths: number[] = [];
  const inFlight: number[] = [];
  let over = false;
  const watch = (async () => {
    while (!over) {
      await sleep(SCRAPE_MS);
      const samples = await scrapeOf(service);
      depths.push(samples.get('focal_loss_queue_depth')!);
      inFlight.push(samples.get('focal_loss_http_requests_in_flight')! - THE_SCRAPE);
    }
  })();
  const before = processorMs([service.pid]);
  const [start, busyBefore] = [performance.now(), await busySeconds()];
  const most = await closedLoop({ ...loopOf(service, workload), seed: round }).finally(() => {
    over = true;
  });
  const spentMs = processorMs([service.pid]) - before;
  const httpThreadBusy = (1000 * ((await busySeconds()) - busyBefore)) / (performance.now() - start);
  await watch;
  return {
    aloneMs: mean(alone.latenciesMs),
    maxPerSecond: most.batchesPerSecond,
    processorMs: spentMs / most.latenciesMs.length,
    queueDepth: mean(depths),
    inFlight: mean(inFlight),
    httpThreadBusy,
    peakBytes: await peakRss(service.pid),
  };
}

async function scrapeOf({ address }: Service): Promise<ReadonlyMap<string, number>> {
  return (await scrape(`http://127.0.0.1:${address}`)).samples;
}

function loopOf({ address }: Service, { request, callers, turnMs }: Workload) {
  return { address, request, jobs: callers, stepMs: 0, durationMs: turnMs, seed: 0 };
}
