import { fileURLToPath } from 'node:url';
import { Connection } from '../harness/connection.ts';
import { validCase } from './cases.ts';
import { KnownResponses } from './known-responses.ts';
import { MonitoredService } from './monitored-service.ts';
import { FORMATS } from './request-formats.ts';
import { exactly, type Outcome, type Scenario } from './scenario.ts';

const CLIENTS = 8;
const REQUEST_TIMEOUT_MS = 10_000;

export const clockJumps: Scenario = {
  name: 'clock-jumps',
  title: 'The clock is set a day forward and back, twenty times a second',
  run,
};

async function run(short: boolean): Promise<Outcome> {
  const seconds = short ? 3 : 20;
  const preload = fileURLToPath(new URL('jumping-clock.mjs', import.meta.url));
  const setup = { nodeFlags: ['--import', preload] };
  const monitored = await MonitoredService.start(setup, '--request-timeout-ms', String(REQUEST_TIMEOUT_MS));
  const { service } = monitored;
  const cases = FORMATS.flatMap((format) => [validCase(format, 8, 4), validCase(format, 500, 80)]);
  const known = await KnownResponses.record(service, cases);
  const end = performance.now() + 1000 * seconds;
  const tally = { responses: 0, wrong: 0, impossible: 0 };
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, first) => {
      const connection = await Connection.open(service.address);
      for (let i = first; performance.now() < end; i++) {
        const one = cases[i % cases.length]!;
        const response = await connection.send(one.bytes, { keepBody: true });
        tally.responses += 1;
        if (!known.isRight(one, response)) tally.wrong += 1;
        if (one.format === 'JSON' && !possible(response.body, response.ms)) tally.impossible += 1;
      }
      connection.close();
    }),
  );
  const checks = [
    exactly(`wrong responses, of ${tally.responses}`, tally.wrong, 0),
    exactly('durations that are negative or longer than the request took', tally.impossible, 0),
    ...(await monitored.checks()),
  ];
  await service.stop();
  return {
    checks,
    notes: [
      `\`Date\` jumps in all threads of the service, by a module that Node loads before it. REQUEST_TIMEOUT_MS is ` +
        `${REQUEST_TIMEOUT_MS}. ${CLIENTS} connections send batches of every format.`,
    ],
  };
}

function possible(body: Buffer, ms: number): boolean {
  const { duration_ms } = JSON.parse(`${body}`) as { duration_ms: Record<string, number> };
  return Object.values(duration_ms).every((duration) => duration >= 0 && duration <= ms);
}
