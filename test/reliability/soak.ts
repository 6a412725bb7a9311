import { Connection } from '../harness/connection.ts';
import { rss } from '../harness/rss.ts';
import { validCase } from './cases.ts';
import { KnownAnswers } from './known-answers.ts';
import { Latencies } from './latencies.ts';
import { FORMATS } from './request-formats.ts';
import { sampleEvery } from './samples.ts';
import { amount, exactly, type Outcome, type Scenario } from './scenario.ts';
import { FLAT_CRITERION, flat } from './trend.ts';
import { WatchedService } from './watched-service.ts';

const CONNECTIONS = 16;
const WARM_UP = 0.1;
/** How much longer the last tenth's p99 may be than that of the first after the warm-up. */
const TOLERANCE = 1.25;

export const soak: Scenario = {
  name: 'soak',
  title: 'A million small requests',
  run,
};

async function run(short: boolean): Promise<Outcome> {
  const requests = short ? 30_000 : 1_000_000;
  const watched = await WatchedService.start({});
  const { service } = watched;
  const cases = FORMATS.flatMap((format) => [validCase(format, 1, 1), validCase(format, 8, 4)]);
  const known = await KnownAnswers.ask(service, cases);
  const latencies = new Latencies();
  const tally = { wrong: 0 };
  let left = requests;
  const memory = sampleEvery(short ? 100 : 1000, () => rss(service.pid));
  const start = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const connection = await Connection.open(service.address);
      while (left-- > 0) {
        const one = cases[left % cases.length]!;
        const answer = await connection.send(one.bytes, { keepBody: true });
        if (!known.isRight(one, answer)) tally.wrong += 1;
        latencies.add(answer.ms);
      }
      connection.close();
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  const samples = await memory.stop();
  const first = latencies.part(WARM_UP, 2 * WARM_UP).quantile(0.99);
  const last = latencies.part(0.9, 1).quantile(0.99);
  const checks = [
    exactly(`answers that are not right, of ${latencies.count}`, tally.wrong, 0),
    flat('resident memory', samples.slice(Math.floor(WARM_UP * samples.length))),
    {
      what: 'p99 of the last tenth',
      promise: `≤ ${TOLERANCE} × ${amount(first, 'ms')}`,
      measured: amount(last, 'ms'),
      met: last <= TOLERANCE * first,
    },
    ...(await watched.checks()),
  ];
  await service.stop();
  return {
    checks,
    figures: { throughput: `${(requests / seconds).toFixed(0)} requests/s`, latency: String(latencies) },
    notes: [
      `${CONNECTIONS} connections that stay open, batches of 1 × 1 and 8 × 4 in every format, each checked by value. The first ` +
        `${100 * WARM_UP} % are the warm-up; the tenth after them is what the last tenth is compared with. That no batch leaves ` +
        'tensors behind is tested where they can be counted: beside the engine (`test/engine/`) and in `npm run bench`.',
      FLAT_CRITERION,
    ],
  };
}
