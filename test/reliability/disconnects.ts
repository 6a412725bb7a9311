import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeNumbers } from '../../bench/batches.ts';
import { Connection, requestHead } from '../harness/connection.ts';
import { mulberry32 } from '../harness/mulberry32.ts';
import { rss } from '../harness/rss.ts';
import type { Service } from '../harness/service-process.ts';
import { MonitoredService } from './monitored-service.ts';
import { FORMATS, requestIn, toBytes } from './request-formats.ts';
import { atMost, exactly, mebibytes, type Outcome, type Scenario } from './scenario.ts';

const BUDGET_BYTES = 256 * 2 ** 20;
/** The Content-Length of each: if its memory were not released, the budget would be exhausted after 32 of them. */
const ANNOUNCED_BYTES = 8 * 2 ** 20;
const AT_ONCE = 16;
/** A batch that takes more than half of the budget. */
const LARGE = { samples: 200_000, classes: 80 } as const;
const RECOVERY_MS = 2000;

export const disconnects: Scenario = {
  name: 'disconnects',
  title: 'Clients that disconnect while they send',
  run,
};

async function run(short: boolean): Promise<Outcome> {
  const times = short ? 1000 : 10_000;
  const monitored = await MonitoredService.start({}, '--memory-budget-bytes', String(BUDGET_BYTES));
  const { service } = monitored;
  const numbers = makeNumbers(500, 80);
  const starts = FORMATS.map((format) => {
    const { path, type, headers, body } = requestIn(format, numbers, {});
    const head = { 'Content-Type': type, 'Content-Length': ANNOUNCED_BYTES, ...headers };
    return Buffer.concat([requestHead('POST', path, head), body]);
  });
  let left = times;
  const responses = { early: 0 };
  await Promise.all(
    Array.from({ length: AT_ONCE }, async (_, seed) => {
      const random = mulberry32(seed);
      while (left-- > 0) {
        const start = starts[Math.floor(random() * starts.length)]!;
        const part = start.subarray(0, 1 + Math.floor(random() * start.length));
        if (await disconnect(service, part, random() < 0.5)) responses.early += 1;
      }
    }),
  );
  const large = toBytes(requestIn('safetensors', makeNumbers(LARGE.samples, LARGE.classes), { outputs: ['loss'] }));
  const waited = await untilServed(service, large);
  const checks = [
    exactly(`responses before the request was complete, of ${times}`, responses.early, 0),
    atMost('until a batch that takes most of the budget is served', waited, RECOVERY_MS, 'ms'),
    atMost(
      'memory beyond the idle process',
      mebibytes((await rss(service.pid)) - monitored.idleRss),
      mebibytes(BUDGET_BYTES),
      'MiB',
    ),
    ...(await monitored.checks()),
  ];
  await service.stop();
  return {
    checks,
    notes: [
      `${AT_ONCE} connections at a time announce ${mebibytes(ANNOUNCED_BYTES)} MiB each, in all formats, send a random part of ` +
        'a smaller batch, and disconnect: half of them orderly, half with a reset. MEMORY_BUDGET_BYTES is ' +
        `${mebibytes(BUDGET_BYTES)} MiB, so that a leak of memory would show at once.`,
    ],
  };
}

/** @returns whether the service sent anything */
async function disconnect({ address }: Service, part: Buffer, orderly: boolean): Promise<boolean> {
  const socket = typeof address === 'string' ? connect(address) : connect(address, '127.0.0.1');
  socket.on('error', () => {}); // Expected.
  let responded = false;
  socket.once('data', () => {
    responded = true;
  });
  await once(socket, 'connect');
  await new Promise((resolve) => socket.write(part, resolve));
  if (orderly) socket.destroy();
  else socket.resetAndDestroy();
  await once(socket, 'close');
  return responded;
}

/** @returns milliseconds from the first try to the end of the first response with status 200 */
async function untilServed({ address }: Service, request: Buffer): Promise<number> {
  const start = performance.now();
  const connection = await Connection.open(address);
  while (performance.now() - start < 10 * RECOVERY_MS) {
    const { status } = await connection.send(request);
    if (status === 200) break;
    await sleep(50);
  }
  connection.close();
  return performance.now() - start;
}
