import { Connection } from '../harness/connection.ts';
import { rss } from '../harness/rss.ts';
import { validCase } from './cases.ts';
import { KnownResponses } from './known-responses.ts';
import { Latencies } from './latencies.ts';
import { MonitoredService } from './monitored-service.ts';
import { FORMATS } from './request-formats.ts';
import { sampleEvery } from './samples.ts';
import { amount, exactly, type Outcome, type Scenario } from './scenario.ts';
import { FLAT_CRITERION, flat, flatBetweenCollections } from './trend.ts';

const CONNECTIONS = 16;
/** The largest p99 of the last tenth of the requests, as a multiple of that of the first tenth. */
const TOLERANCE = 1.25;

export const soak: Scenario = {
  name: 'soak',
  title: 'A million small requests',
  run,
};

async function run(short: boolean): Promise<Outcome> {
  const requests = short ? 50_000 : 1_000_000;
  const warmUp = short ? 20_000 : 50_000;
  const monitored = await MonitoredService.start({});
  const { service } = monitored;
  const cases = FORMATS.flatMap((format) => [validCase(format, 1, 1), validCase(format, 8, 4)]);
  const known = await KnownResponses.record(service, cases);
  const latencies = new Latencies();
  const tally = { wrong: 0 };
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(service.address)));
  const send = async (count: number, record: (ms: number) => void) => {
    let left = count;
    const client = async (connection: Connection) => {
      while (left-- > 0) {
        const one = cases[left % cases.length]!;
        const response = await connection.send(one.bytes, { keepBody: true });
        if (!known.isRight(one, response)) tally.wrong += 1;
        record(response.ms);
      }
    };
    await Promise.all(connections.map(client));
  };
  await send(warmUp, () => {});
  const memory = sampleEvery(short ? 100 : 1000, () => rss(service.pid));
  const start = performance.now();
  await send(requests, (ms) => latencies.add(ms));
  const seconds = (performance.now() - start) / 1000;
  const samples = await memory.stop();
  for (const connection of connections) connection.close();
  const first = latencies.part(0, 0.1).quantile(0.99);
  const last = latencies.part(0.9, 1).quantile(0.99);
  const checks = [
    exactly(`wrong responses, of ${warmUp + requests}`, tally.wrong, 0),
    short ? flatBetweenCollections('resident memory', samples, requests) : flat('resident memory', samples),
    {
      name: 'p99 of the last tenth',
      target: `≤ ${TOLERANCE} × ${amount(first, 'ms')}`,
      measured: amount(last, 'ms'),
      met: last <= TOLERANCE * first,
      timed: true,
    },
    ...(await monitored.checks()),
  ];
  await service.stop();
  return {
    checks,
    figures: { throughput: `${(requests / seconds).toFixed(0)} requests/s`, latency: String(latencies) },
    notes: [
      `${CONNECTIONS} persistent connections send batches of 1 × 1 and 8 × 4 in every format, each of which is checked by value. ` +
        `${warmUp} requests for warm-up come first; their values are checked, and their latency is not. The engine's tests ` +
        '(`test/engine/`) and `npm run bench` check that no batch leaves tensors behind, which they can count.',
      FLAT_CRITERION,
    ],
  };
}
