import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, headerOf } from '../harness/connection.ts';
import { mulberry32 } from '../harness/mulberry32.ts';
import { isReady, type Service, startServiceWith } from '../harness/service-process.ts';
import { type Case, validCase } from './cases.ts';
import { KnownResponses } from './known-responses.ts';
import { FORMATS } from './request-formats.ts';
import { atMost, exactly, type Outcome, type Scenario } from './scenario.ts';

const CLIENTS = 8;
const DRAIN_DELAY_MS = 500;
const PROBE_MS = 50;
/** A request that was sent this long before the signal has reached the service, even on a busy machine. */
const CERTAINLY_ACCEPTED_MS = 250;
const FINISH_MS = 10_000;

export const sigterm: Scenario = {
  name: 'sigterm',
  title: 'SIGTERM under load',
  run,
};

async function run(short: boolean): Promise<Outcome> {
  const times = short ? 4 : 20;
  const tally: Tally = { clean: 0, slowestMs: 0, accepted: 0, failed: 0, late: 0, lateReset: 0 };
  const cases = FORMATS.flatMap((format) => [
    validCase(format, 8, 4),
    ...(format.includes('JSON') ? [] : [validCase(format, 20_000, 80)]),
  ]);
  const first = await startServiceWith({}, '--log-level', 'silent');
  const known = await KnownResponses.record(first, cases);
  await first.stop();
  for (let i = 0; i < times; i++) await stopUnderLoad(i, i % 2 === 0, { cases, known, tally });
  return {
    checks: [
      exactly(`exits with code 0, of ${times}`, tally.clean, times),
      exactly(`accepted requests that failed, of ${tally.accepted}`, tally.failed, 0),
      atMost('from the signal to the exit, the longest', tally.slowestMs, FINISH_MS + DRAIN_DELAY_MS, 'ms'),
    ],
    figures: {
      'sent too late to be accepted': String(tally.late),
      'of which found their connection closed': String(tally.lateReset),
    },
    notes: [
      `${CLIENTS} clients send batches of 8 × 4 and 20000 × 80, which are checked by value, each on one connection for as long as ` +
        `the service keeps it. Every second time DRAIN_DELAY_MS is ${DRAIN_DELAY_MS}, and the clients stop sending when ` +
        `readiness, requested every ${PROBE_MS} ms, turns false, as behind a load balancer; then all requests that were sent ` +
        'count as accepted. The other times it is 0 and the clients continue; then a request counts as not accepted if it is ' +
        `rejected as \`shutting_down\`, or if it was sent later than ${CERTAINLY_ACCEPTED_MS} ms before the signal and found its ` +
        'connection closed.',
    ],
  };
}

interface Tally {
  clean: number;
  slowestMs: number;
  accepted: number;
  failed: number;
  late: number;
  lateReset: number;
}

interface Load {
  readonly cases: readonly Case[];
  readonly known: KnownResponses;
  readonly tally: Tally;
}

async function stopUnderLoad(seed: number, balanced: boolean, load: Load): Promise<void> {
  const { tally } = load;
  const drain = String(balanced ? DRAIN_DELAY_MS : 0);
  const service = await startServiceWith({}, '--log-level', 'silent', '--drain-delay-ms', drain);
  const random = mulberry32(seed);
  const state = { signalled: Number.POSITIVE_INFINITY, going: true };
  const clients = Array.from({ length: CLIENTS }, (_, i) => call(service, i, balanced, state, load));
  await sleep(500 + 500 * random());

  state.signalled = performance.now();
  service.signal('SIGTERM');
  if (balanced) {
    while (state.going && !service.ended) {
      await sleep(PROBE_MS);
      if (!(await isReady(service.address))) state.going = false;
    }
  }
  const code = await service.exit();
  tally.slowestMs = Math.max(tally.slowestMs, performance.now() - state.signalled);
  if (code === 0) tally.clean += 1;
  state.going = false;
  await Promise.all(clients);
}

async function call(
  service: Service,
  first: number,
  balanced: boolean,
  state: { readonly signalled: number; readonly going: boolean },
  { cases, known, tally }: Load,
): Promise<void> {
  let connection: Connection | undefined;
  for (let i = first; state.going; i++) {
    const one = cases[i % cases.length]!;
    const sent = performance.now();
    connection ??= await Connection.open(service.address).catch(() => undefined);
    const response = await connection?.send(one.bytes, { keepBody: true }).catch(() => undefined);
    const rejected = response?.status === 503 && JSON.parse(`${response.body}`).code === 'shutting_down';
    const late = !balanced && (rejected || (!response && sent > state.signalled - CERTAINLY_ACCEPTED_MS));
    if (late) tally.late += 1;
    else tally.accepted += 1;
    if (late && !response) tally.lateReset += 1;
    if (!late && !(response && known.isRight(one, response))) tally.failed += 1;
    if (!response) break;
    if (headerOf(response.head, 'connection') !== 'close') continue;
    connection?.close();
    connection = undefined;
  }
  connection?.close();
}
