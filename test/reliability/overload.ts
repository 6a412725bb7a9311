import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, headerOf, type TimedResponse } from '../harness/connection.ts';
import { peakRss, resetPeak } from '../harness/rss.ts';
import type { Service } from '../harness/service-process.ts';
import { type Case, validCase } from './cases.ts';
import { KnownResponses } from './known-responses.ts';
import { Latencies } from './latencies.ts';
import { MonitoredService } from './monitored-service.ts';
import { amount, atMost, type Check, exactly, mebibytes, type Outcome, type Scenario } from './scenario.ts';

const TIMES_CAPACITY = 5;
const THREADS = 1;
const QUEUE_LIMIT = 1;
const BUDGET_BYTES = 256 * 2 ** 20;
const LATENCY_RATIO = 2;
const REJECTION_MS = 50;
const RECOVERY_MS = 2000;
/** If none of these is free, no request is sent. */
const CONNECTIONS = 256;

export const overload: Scenario = {
  name: 'overload',
  title: `${TIMES_CAPACITY} times as many requests as the capacity allows`,
  run,
};

async function run(short: boolean): Promise<Outcome> {
  const seconds = short ? 5 : 30;
  const limits = ['--queue-limit', QUEUE_LIMIT, '--engine-threads', THREADS, '--memory-budget-bytes', BUDGET_BYTES];
  const monitored = await MonitoredService.start({}, ...limits.map(String));
  const { service } = monitored;
  // Much arithmetic for few bytes, so that the engine is the bottleneck.
  const one = validCase(
    'safetensors',
    2000,
    80,
    { gamma: 0.7, label_smoothing: 0.1 },
    { outputs: ['loss', 'per_class', 'gradients', 'hessian'] },
  );
  const known = await KnownResponses.record(service, [one]);
  await sendInTurn(service, one, 1000);
  const alone = await sendInTurn(service, one, 3000);
  const capacity = await measureCapacity(service, one, 3000);

  await resetPeak(service.pid);
  const found = await flood(service, one, known, TIMES_CAPACITY * capacity, seconds);
  const peak = (await peakRss(service.pid)) - monitored.idleRss;
  const recovered = await recovery(service, one, LATENCY_RATIO * alone.quantile(0.5));
  const ratio = (share: number): Check => ({
    name: `latency of the accepted, p${100 * share}`,
    target: `≤ ${LATENCY_RATIO} × ${amount(alone.quantile(share), 'ms')}`,
    measured: amount(found.accepted.quantile(share), 'ms'),
    met: found.accepted.quantile(share) <= LATENCY_RATIO * alone.quantile(share),
    timed: true,
  });
  const checks = [
    ratio(0.5),
    ratio(0.99),
    atMost('429 with Retry-After, p99', found.rejected.quantile(0.99), REJECTION_MS, 'ms'),
    exactly('responses that are neither correct nor 429 with Retry-After', found.wrong, 0),
    atMost('peak of memory beyond the idle process', mebibytes(peak), mebibytes(BUDGET_BYTES), 'MiB'),
    atMost('until everything is normal', recovered, RECOVERY_MS, 'ms'),
    ...(await monitored.checks()),
  ];
  await service.stop();
  return {
    checks,
    figures: {
      capacity: amount(capacity, 'requests/s'),
      offered: amount((found.accepted.count + found.rejected.count) / seconds, 'requests/s'),
      accepted: `${amount(found.accepted.count / seconds, 'requests/s')}, ${found.accepted}`,
      rejected: String(found.rejected),
      alone: String(alone),
    },
    notes: [
      `ENGINE_THREADS ${THREADS}, QUEUE_LIMIT ${QUEUE_LIMIT}, MEMORY_BUDGET_BYTES ${mebibytes(BUDGET_BYTES)} MiB; ${one.name}. An ` +
        'accepted batch waits for at most one other, which keeps its latency within twice that of a batch alone; with a ' +
        `limit of n it would be up to n + 1 times. Requests are started every millisecond, on up to ${CONNECTIONS} ` +
        'connections, whether or not earlier ones have ended. Capacity is the throughput of as many connections as the ' +
        'service accepts batches, each of which sends its next request when the response to the last is complete. Normal ' +
        'means status 200 within twice the median alone, ten times in a row.',
    ],
  };
}

async function sendInTurn({ address }: Service, { bytes }: Case, ms: number): Promise<Latencies> {
  const connection = await Connection.open(address);
  const latencies = new Latencies();
  for (const end = performance.now() + ms; performance.now() < end; ) latencies.add((await connection.send(bytes)).ms);
  connection.close();
  return latencies;
}

/** @returns responses with status 200 per second */
async function measureCapacity({ address }: Service, { bytes }: Case, ms: number): Promise<number> {
  const end = performance.now() + ms;
  let served = 0;
  await Promise.all(
    Array.from({ length: THREADS + QUEUE_LIMIT }, async () => {
      const connection = await Connection.open(address);
      while (performance.now() < end) if ((await connection.send(bytes)).status === 200) served += 1;
      connection.close();
    }),
  );
  return (1000 * served) / ms;
}

async function flood({ address }: Service, one: Case, known: KnownResponses, perSecond: number, seconds: number) {
  const free = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(address)));
  const all = [...free];
  const found = { accepted: new Latencies(), rejected: new Latencies(), wrong: 0 };
  const sent: Promise<void>[] = [];
  const record = (response: TimedResponse) => {
    if (isRejection(response)) found.rejected.add(response.ms);
    else if (known.isRight(one, response)) found.accepted.add(response.ms);
    else found.wrong += 1;
  };
  const send = async (connection: Connection) => {
    try {
      record(await connection.send(one.bytes, { keepBody: true }));
      free.push(connection);
    } catch {
      found.wrong += 1;
    }
  };
  const start = performance.now();
  for (let due = 0, i = 0; due < perSecond * seconds; due = (perSecond * (performance.now() - start)) / 1000) {
    for (; i < due; i++) {
      const connection = free.shift();
      if (connection) sent.push(send(connection));
    }
    await sleep(1); // A busy wait would take a core from the service.
  }
  await Promise.all(sent);
  for (const connection of all) connection.close();
  return found;
}

function isRejection({ status, head, body }: TimedResponse): boolean {
  if (status !== 429 || !/^\d+$/.test(headerOf(head, 'retry-after') ?? '')) return false;
  return JSON.parse(`${body}`).code === 'queue_full';
}

/** @returns milliseconds until the last response that was not normal, followed by ten that were */
async function recovery({ address }: Service, { bytes }: Case, normalMs: number): Promise<number> {
  const start = performance.now();
  const connection = await Connection.open(address);
  let normal = 0;
  let last = 0;
  while (normal < 10 && last < 10 * RECOVERY_MS) {
    const { status, ms } = await connection.send(bytes);
    normal = status === 200 && ms <= normalMs ? normal + 1 : 0;
    if (normal === 0) last = performance.now() - start;
  }
  connection.close();
  return last;
}
