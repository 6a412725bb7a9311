import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Connection, headerOf, post } from '../harness/connection.ts';
import { type Service, startServiceWith } from '../harness/service-process.ts';
import { validCase } from './cases.ts';
import { KnownResponses } from './known-responses.ts';
import { Latencies } from './latencies.ts';
import { FORMATS, V1 } from './request-formats.ts';
import { atMost, type Check, exactly, type Outcome, type Scenario } from './scenario.ts';

const FAILING_THREADS = { nodeFlags: ['--import', fileURLToPath(new URL('failing-threads.mjs', import.meta.url))] };
const FATAL_BATCH = post(V1, 'application/json', Buffer.from('{"logits":[[0]],"labels":[[1]],"class_names":["die"]}'));
const OTHER_CLIENTS = 8;
const RECOVERY_MS = 1000;
/** The process exits after this many consecutive failures, as in `engine-pool.ts`. */
const CONSECUTIVE_FAILURES = 10;

export const lostThreads: Scenario = {
  name: 'lost-threads',
  title: 'An engine thread exits while it evaluates a batch',
  run,
};

async function run(short: boolean): Promise<Outcome> {
  const failures = short ? 10 : 100;
  return {
    checks: [...(await oneOfTwoThreads(failures)), ...(await onlyThread(failures)), ...(await consecutiveFailures())],
    notes: [
      'The service runs unchanged except for its engine threads, which exit on a batch that requests it, after computing it ' +
        "and before returning it (a thread can't be killed from outside). With two threads, one exits while " +
        `${OTHER_CLIENTS} connections send other batches, each of which is checked by value. With one thread, the next batch has to ` +
        'wait for the new thread, which shows how long the pool is incomplete.',
    ],
  };
}

/** The other thread's batches must not be affected. */
async function oneOfTwoThreads(failures: number): Promise<Check[]> {
  const service = await startServiceWith(FAILING_THREADS, '--engine-threads', '2', '--log-level', 'silent');
  const cases = FORMATS.flatMap((format) => [validCase(format, 8, 4), validCase(format, 3000, 80)]);
  const known = await KnownResponses.record(service, cases);
  let going = true;
  const tally = { responses: 0, wrong: 0, engineLost: 0, lost: 0 };
  const others = Array.from({ length: OTHER_CLIENTS }, async (_, client) => {
    const connection = await Connection.open(service.address);
    for (let i = client; going; i++) {
      const one = cases[i % cases.length]!;
      const response = await connection.send(one.bytes, { keepBody: true }).catch(() => undefined);
      if (!response) {
        tally.lost += 1;
        break;
      }
      tally.responses += 1;
      if (response.status === 503) tally.engineLost += 1;
      else if (!known.isRight(one, response)) tally.wrong += 1;
    }
    connection.close();
  });
  let asDocumented = 0;
  for (let i = 0; i < failures; i++) {
    if (await failThread(service)) asDocumented += 1;
    const before = tally.responses;
    while (tally.responses === before && tally.lost === 0) await sleep(5); // A success in between: consecutive failures are tested below.
  }
  going = false;
  await Promise.all(others);
  await service.stop();
  return [
    exactly(
      `batches whose thread exited: 503 engine_unavailable with Retry-After, of ${failures}`,
      asDocumented,
      failures,
    ),
    exactly(`other batches that failed, of ${tally.responses}`, tally.wrong + tally.engineLost + tally.lost, 0),
  ];
}

/** The next batch has to wait for the new thread. */
async function onlyThread(failures: number): Promise<Check[]> {
  const service = await startServiceWith(FAILING_THREADS, '--engine-threads', '1', '--log-level', 'silent');
  const good = validCase('JSON', 8, 4);
  const known = await KnownResponses.record(service, [good]);
  const connection = await Connection.open(service.address);
  const waits = new Latencies();
  let right = 0;
  for (let i = 0; i < failures; i++) {
    await failThread(service);
    const response = await connection.send(good.bytes, { keepBody: true });
    if (known.isRight(good, response)) right += 1;
    waits.add(response.ms);
  }
  connection.close();
  await service.stop();
  return [
    exactly(`batches right after the only thread exited: correct response, of ${failures}`, right, failures),
    atMost('the pool is complete again, p99', waits.quantile(0.99), RECOVERY_MS, 'ms'),
  ];
}

/** The process must exit, so that its supervisor starts another. */
async function consecutiveFailures(): Promise<Check[]> {
  const service = await startServiceWith(FAILING_THREADS, '--engine-threads', '1', '--log-level', 'silent');
  for (let i = 0; i < CONSECUTIVE_FAILURES && !service.ended; i++) await failThread(service).catch(() => false);
  const code = await Promise.race([service.exit(), sleep(5000, undefined, { ref: false })]);
  if (code === undefined) await service.stop();
  return [exactly(`exit code after ${CONSECUTIVE_FAILURES} consecutive thread failures`, code ?? 'none', 1)];
}

/** @returns whether the response was as documented */
async function failThread({ address }: Service): Promise<boolean> {
  const connection = await Connection.open(address);
  const { status, head, body } = await connection.send(FATAL_BATCH, { keepBody: true });
  connection.close();
  return status === 503 && headerOf(head, 'retry-after') === '1' && JSON.parse(`${body}`).code === 'engine_unavailable';
}
