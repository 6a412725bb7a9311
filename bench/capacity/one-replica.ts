import { setTimeout as sleep } from 'node:timers/promises';
import { mean } from '../../test/harness/mean.ts';
import { median } from '../../test/harness/median.ts';
import { peakRss, resetPeak } from '../../test/harness/rss.ts';
import { scrape } from '../../test/harness/scrape.ts';
import { type Service, startService } from '../../test/harness/service-process.ts';
import { THREADS } from '../threads.ts';
import { closedLoop } from './closed-loop.ts';
import { type Kind, largeKind, smallKinds } from './kinds.ts';
import type { ReplicaPace } from './model.ts';
import { processorMs } from './processor-time.ts';

const ROUNDS = 3;
const WARM_UP_MS = 500;
const SCRAPE_MS = 200;
/** Itself a request in flight. */
const THE_SCRAPE = 1;

/** What one replica does with one kind of batch. */
export interface OneReplica extends ReplicaPace {
  readonly kind: string;
  readonly engine: string;
  readonly callers: number;
  /** Of the service alone, with all callers. */
  readonly processorMs: number;
  /** `focal_loss_queue_depth` with all callers, on average. */
  readonly queueDepth: number;
  /** `focal_loss_http_requests_in_flight`, likewise. */
  readonly inFlight: number;
  /** Resident memory at its highest, with all callers. */
  readonly peakBytes: number;
}

type Turn = Pick<OneReplica, 'aloneMs' | 'mostPerSecond' | 'processorMs' | 'queueDepth' | 'inFlight' | 'peakBytes'>;

/** A service of its own, with the threads that the chart gives it, asked directly. */
export async function measureOneReplica(): Promise<OneReplica[]> {
  const service = await startService('--engine-threads', String(THREADS));
  const { name: engine } = (await (await fetch(`http://127.0.0.1:${service.address}/v1/engine`)).json()) as {
    name: string;
  };
  const found: OneReplica[] = [];
  // The largest last: its memory stays.
  for (const kind of [...smallKinds(), largeKind()]) {
    await closedLoop({ ...loopOf(service, kind), durationMs: WARM_UP_MS });
    const turns: Turn[] = [];
    for (let round = 0; round < ROUNDS; round++) turns.push(await takeTurn(service, kind, round));
    const middle = (field: keyof Turn) => median(turns.map((turn) => turn[field]));
    found.push({
      kind: kind.name,
      engine,
      callers: kind.callers,
      aloneMs: middle('aloneMs'),
      mostPerSecond: middle('mostPerSecond'),
      processorMs: middle('processorMs'),
      queueDepth: middle('queueDepth'),
      inFlight: middle('inFlight'),
      peakBytes: middle('peakBytes'),
    });
  }
  await service.stop();
  return found;
}

async function takeTurn(service: Service, kind: Kind, round: number): Promise<Turn> {
  const alone = await closedLoop({ ...loopOf(service, kind), jobs: 1, seed: round });
  await resetPeak(service.pid);
  const depths: number[] = [];
  const inFlight: number[] = [];
  let over = false;
  const watch = (async () => {
    while (!over) {
      await sleep(SCRAPE_MS);
      const { samples } = await scrape(`http://127.0.0.1:${service.address}`);
      depths.push(samples.get('focal_loss_queue_depth')!);
      inFlight.push(samples.get('focal_loss_http_requests_in_flight')! - THE_SCRAPE);
    }
  })();
  const before = processorMs([service.pid]);
  const most = await closedLoop({ ...loopOf(service, kind), seed: round }).finally(() => {
    over = true;
  });
  const needsRecycling = processorMs([service.pid]) - before;
  await watch;
  return {
    aloneMs: mean(alone.latenciesMs),
    mostPerSecond: most.batchesPerSecond,
    processorMs: needsRecycling / most.latenciesMs.length,
    queueDepth: mean(depths),
    inFlight: mean(inFlight),
    peakBytes: await peakRss(service.pid),
  };
}

function loopOf({ address }: Service, { request, callers, turnMs }: Kind) {
  return { address, request, jobs: callers, stepMs: 0, durationMs: turnMs, seed: 0 };
}
