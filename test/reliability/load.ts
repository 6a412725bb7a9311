import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../harness/connection.ts';
import { mulberry32 } from '../harness/mulberry32.ts';
import { rss } from '../harness/rss.ts';
import { type Case, mixedCases } from './cases.ts';
import { KnownResponses } from './known-responses.ts';
import { Latencies } from './latencies.ts';
import { MonitoredService } from './monitored-service.ts';
import { FORMATS } from './request-formats.ts';
import { sampleEvery } from './samples.ts';
import { exactly, type Outcome, type Scenario } from './scenario.ts';
import { FLAT_CRITERION, flat } from './trend.ts';

const CONNECTIONS = 200;
/**
 * This many connections begin with the largest batches at the same time, which is more than will coincide later.
 * Otherwise memory would grow for minutes, whenever more of them coincide than before.
 */
const FIRST_LARGE = 64;

export const load: Scenario = {
  name: 'load',
  title: `${CONNECTIONS} connections, every format, small and large, valid and invalid`,
  run,
};

async function run(short: boolean): Promise<Outcome> {
  const seconds = short ? 10 : 120;
  const warmUp = short ? 10 : 60;
  const monitored = await MonitoredService.start({});
  const { service } = monitored;
  const cases = mixedCases();
  const known = await KnownResponses.record(service, cases);
  const lots = cases.flatMap((one) => new Array<Case>(one.weight).fill(one));
  const largest = FORMATS.map((format) => largestOf(cases.filter((one) => one.batch && one.format === format)));
  const latencies = new Map(FORMATS.map((format) => [format, new Latencies()]));
  const tally = { responses: 0, wrong: 0, lost: 0 };
  const state = { warm: false, going: true };

  const client = async (seed: number) => {
    const random = mulberry32(seed);
    let connection = await Connection.open(service.address);
    const any = () => lots[Math.floor(random() * lots.length)]!;
    for (let one = seed < FIRST_LARGE ? largest[seed % largest.length]! : any(); state.going; one = any()) {
      try {
        const response = await connection.send(one.bytes, { keepBody: true });
        tally.responses += 1;
        if (!known.isRight(one, response)) tally.wrong += 1;
        if (state.warm) latencies.get(one.format)!.add(response.ms);
      } catch {
        tally.lost += 1;
        connection = await Connection.open(service.address);
      }
    }
    connection.close();
  };
  const clients = Array.from({ length: CONNECTIONS }, (_, seed) => client(seed));
  await sleep(1000 * warmUp);
  state.warm = true;
  const warmRequests = tally.responses;
  const memory = sampleEvery(250, () => rss(service.pid));
  await sleep(1000 * seconds);
  const samples = await memory.stop();
  state.going = false;
  await Promise.all(clients);
  const checks = [
    exactly('wrong responses', tally.wrong, 0),
    exactly('requests without a response', tally.lost, 0),
    ...(short ? [] : [flat('resident memory', samples)]), // A few seconds can't tell growth from warm-up.
    ...(await monitored.checks()),
  ];
  await service.stop();
  return {
    checks,
    figures: {
      requests: String(tally.responses),
      throughput: `${((tally.responses - warmRequests) / seconds).toFixed(0)} requests/s`,
      ...Object.fromEntries(FORMATS.map((format) => [format, String(latencies.get(format))])),
    },
    notes: [
      `Each connection sends its next request when the response to the last is complete, for ${seconds} s after ${warmUp} s of ` +
        'warm-up. Each format has batches from 1 × 1 to 2000 × 80 (binary: 10000 × 80), most of them tiny; one in eight is ' +
        'invalid. The first response to a batch must equal the float64 reference within 5e-7 (gradients) and 1e-6 (loss). ' +
        'All later ones must equal the first to the last byte, except durations and request ids. ' +
        `${FIRST_LARGE} connections begin with the largest batch at the same time. Latencies and memory are those after the warm-up.`,
      FLAT_CRITERION,
    ],
  };
}

function largestOf(cases: readonly Case[]): Case {
  return cases.reduce((largest, one) => (one.bytes.length > largest.bytes.length ? one : largest));
}
