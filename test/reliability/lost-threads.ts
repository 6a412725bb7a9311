import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Connection, headerOf, post } from '../harness/connection.ts';
import { type Service, startServiceWith } from '../harness/service-process.ts';
import { validCase } from './cases.ts';
import { KnownResponses } from './known-responses.ts';
import { Latencies } from './latencies.ts';
import { FORMATS, V1 } from './request-formats.ts';
import { atMost, type Check, exactly, type Outcome, type Scenario } from './scenario.ts';

const LETHAL = { nodeFlags: ['--import', fileURLToPath(new URL('failing-threads.mjs', import.meta.url))] };
const DEADLY = post(V1, 'application/json', Buffer.from('{"logits":[[0]],"labels":[[1]],"class_names":["die"]}'));
const BYSTANDERS = 8;
const WHOLE_MS = 1000;
/** As in `worker-pool.ts`: so many in a row, and the process gives up. */
const DEATHS_IN_A_ROW = 10;

export const lostThreads: Scenario = {
  name: 'lost-threads',
  title: 'An engine thread dies in the middle of a batch',
  run,
};

async function run(short: boolean): Promise<Outcome> {
  const deaths = short ? 10 : 100;
  return {
    checks: [...(await amongOthers(deaths)), ...(await allThatThereAre(deaths)), ...(await inARow())],
    notes: [
      'The service runs unchanged except for its engine threads, which exit on a batch that asks for it, after computing it ' +
        "and before returning it (a thread can't be killed from outside). With two threads, one dies while " +
        `${BYSTANDERS} connections send other batches, each of which is checked by value. With one thread, the next batch has to ` +
        'wait for the new thread, which shows how long the pool is incomplete.',
    ],
  };
}

/** Nobody else notices. */
async function amongOthers(deaths: number): Promise<Check[]> {
  const service = await startServiceWith(LETHAL, '--engine-threads', '2', '--log-level', 'silent');
  const cases = FORMATS.flatMap((format) => [validCase(format, 8, 4), validCase(format, 3000, 80)]);
  const known = await KnownResponses.record(service, cases);
  let going = true;
  const tally = { answered: 0, wrong: 0, engineLost: 0, lost: 0 };
  const bystanders = Array.from({ length: BYSTANDERS }, async (_, caller) => {
    const connection = await Connection.open(service.address);
    for (let i = caller; going; i++) {
      const one = cases[i % cases.length]!;
      const response = await connection.send(one.bytes, { keepBody: true }).catch(() => undefined);
      if (!response) {
        tally.lost += 1;
        break;
      }
      tally.answered += 1;
      if (response.status === 503) tally.engineLost += 1;
      else if (!known.isRight(one, response)) tally.wrong += 1;
    }
    connection.close();
  });
  let asTheyAreTo = 0;
  for (let i = 0; i < deaths; i++) {
    if (await die(service)) asTheyAreTo += 1;
    const before = tally.answered;
    while (tally.answered === before && tally.lost === 0) await sleep(5); // Deaths in a row are another matter.
  }
  going = false;
  await Promise.all(bystanders);
  await service.stop();
  return [
    exactly(`batches whose thread died: 503 engine_unavailable with Retry-After, of ${deaths}`, asTheyAreTo, deaths),
    exactly(`other batches that failed, of ${tally.answered}`, tally.wrong + tally.engineLost + tally.lost, 0),
  ];
}

/** Nobody can be served until there is a new thread. */
async function allThatThereAre(deaths: number): Promise<Check[]> {
  const service = await startServiceWith(LETHAL, '--engine-threads', '1', '--log-level', 'silent');
  const good = validCase('JSON', 8, 4);
  const known = await KnownResponses.record(service, [good]);
  const connection = await Connection.open(service.address);
  const waits = new Latencies();
  let right = 0;
  for (let i = 0; i < deaths; i++) {
    await die(service);
    const response = await connection.send(good.bytes, { keepBody: true });
    if (known.isRight(good, response)) right += 1;
    waits.add(response.ms);
  }
  connection.close();
  await service.stop();
  return [
    exactly(`batches right after the only thread died: correct response, of ${deaths}`, right, deaths),
    atMost('the pool is whole again, p99', waits.quantile(0.99), WHOLE_MS, 'ms'),
  ];
}

/** The process is of no use then, and its supervisor can start another. */
async function inARow(): Promise<Check[]> {
  const service = await startServiceWith(LETHAL, '--engine-threads', '1', '--log-level', 'silent');
  for (let i = 0; i < DEATHS_IN_A_ROW && !service.ended; i++) await die(service).catch(() => false);
  const code = await Promise.race([service.exit(), sleep(5000, undefined, { ref: false })]);
  if (code === undefined) await service.stop();
  return [exactly(`exit code after ${DEATHS_IN_A_ROW} deaths with no batch between them`, code ?? 'none', 1)];
}

/** @returns whether it was answered as it is to be */
async function die({ address }: Service): Promise<boolean> {
  const connection = await Connection.open(address);
  const { status, head, body } = await connection.send(DEADLY, { keepBody: true });
  connection.close();
  return status === 503 && headerOf(head, 'retry-after') === '1' && JSON.parse(`${body}`).code === 'engine_unavailable';
}
