import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, post, requestHead } from '../harness/connection.ts';
import type { Service } from '../harness/service-process.ts';
import { validCase } from './cases.ts';
import { Latencies } from './latencies.ts';
import { MonitoredService } from './monitored-service.ts';
import { V1 } from './request-formats.ts';
import { atMost, exactly, type Outcome, type Scenario } from './scenario.ts';

const PROBES = ['/health/live', '/health/ready', '/v1/engine', '/metrics'];
const JSON_BYTES = 64 * 2 ** 20;
const PROBE_MS = 50;
const QUEUE_LIMIT = 2;
/** As many as are accepted on two cores: the queue is full but for the time in which their bodies arrive. */
const FILLERS = 4;
const RETRY_MS = 20;

export const probes: Scenario = {
  name: 'probes',
  title: 'Health and metrics while the queue is full and 64 MB of JSON are parsed',
  run,
};

async function run(short: boolean): Promise<Outcome> {
  const bodies = short ? 2 : 20;
  const monitored = await MonitoredService.start({}, '--queue-limit', String(QUEUE_LIMIT));
  const { service } = monitored;
  const state = { going: true };
  // Much arithmetic for few bytes, so that the engine is the bottleneck.
  const options = { gamma: 0.7, label_smoothing: 0.1 };
  const filler = validCase('safetensors', 4000, 80, options, { outputs: ['hessian'], repeats: 20 });
  const tally = { rejected: 0, parsed: 0 };
  const fill = async () => {
    const connection = await Connection.open(service.address);
    while (state.going) {
      if ((await connection.send(filler.bytes)).status !== 429) continue;
      tally.rejected += 1;
      await sleep(RETRY_MS);
    }
    connection.close();
  };
  const probing = PROBES.map((path) => probe(service, path, state));
  const filling = Array.from({ length: FILLERS }, fill);
  const request = post(V1, 'application/json', largeJson());
  const connection = await Connection.open(service.address);
  for (let tries = 0; tally.parsed < bodies && tries < 200 * bodies; tries++) {
    if ((await connection.send(request)).status === 200) tally.parsed += 1;
  }
  connection.close();
  state.going = false;
  await Promise.all(filling);
  const found = await Promise.all(probing);
  const checks = [
    ...found.flatMap(({ path, latencies, failed }) => [
      exactly(`${path}: status other than 200`, failed, 0),
      atMost(`${path}: p99 of ${latencies.count}`, latencies.quantile(0.99), PROBE_MS, 'ms'),
    ]),
    exactly('bodies parsed', tally.parsed, bodies),
    ...(await monitored.checks()),
  ];
  await service.stop();
  return {
    checks,
    figures: {
      'batches rejected (429)': String(tally.rejected),
      ...Object.fromEntries(found.map(({ path, latencies }) => [path, String(latencies)])),
    },
    notes: [
      `QUEUE_LIMIT is ${QUEUE_LIMIT}. ${FILLERS} connections keep the queue full and try again after ${RETRY_MS} ms when they are ` +
        `rejected. One more sends ${JSON_BYTES / 2 ** 20} MB of JSON until ${bodies} of these requests succeeded. Each path is ` +
        'requested every 10 ms on a connection of its own.',
    ],
  };
}

async function probe({ address }: Service, path: string, state: { readonly going: boolean }) {
  const latencies = new Latencies();
  const connection = await Connection.open(address);
  let failed = 0;
  while (state.going) {
    const { status, ms } = await connection.send(requestHead('GET', path));
    if (status !== 200) failed += 1;
    latencies.add(ms);
    await sleep(10);
  }
  connection.close();
  return { path, latencies, failed };
}

/** A batch as large as the default limit, which requests only the loss. */
function largeJson(): Buffer {
  const start = '{"outputs":["loss"],"labels":[0';
  const element = ',0.123456';
  const available = JSON_BYTES - start.length - 32;
  const elements = Math.floor(available / (element.length + 2));
  return Buffer.from(`${start}${',1'.repeat(elements)}],"logits":[0${element.repeat(elements)}]}`);
}
