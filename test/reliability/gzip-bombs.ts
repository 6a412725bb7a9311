import { deflateSync, gzipSync } from 'node:zlib';
import { makeNumbers } from '../../bench/batches.ts';
import { Connection, post } from '../harness/connection.ts';
import { peakRss, resetPeak } from '../harness/rss.ts';
import { MonitoredService } from './monitored-service.ts';
import { FORMATS, requestIn } from './request-formats.ts';
import { atMost, exactly, mebibytes, type Outcome, type Scenario } from './scenario.ts';

const MEBIBYTE = 2 ** 20;
const JSON_BYTES = 16 * MEBIBYTE;
const BODY_BYTES = 64 * MEBIBYTE;
const BUDGET_BYTES = 256 * MEBIBYTE;
const INFLATED_BYTES = 1024 * MEBIBYTE;
const AT_ONCE = 8;
/**
 * Memory of the process beyond the budget: released buffers that are not garbage collected yet, up to half of the
 * budget; compiled code, buffers of sockets and of zlib.
 */
const SLACK_BYTES = BUDGET_BYTES / 2 + 128 * MEBIBYTE;

export const gzipBombs: Scenario = {
  name: 'gzip-bombs',
  title: 'Bodies that inflate to a thousand times their size, or are not compressed',
  run,
};

async function run(short: boolean): Promise<Outcome> {
  const rounds = short ? 2 : 10;
  const limits = { 'max-json-bytes': JSON_BYTES, 'max-body-bytes': BODY_BYTES, 'memory-budget-bytes': BUDGET_BYTES };
  const flags = Object.entries(limits).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const monitored = await MonitoredService.start({}, ...flags);
  const { service } = monitored;
  const bombs = attacks();
  await resetPeak(service.pid);
  const tally = { sent: 0, asDocumented: 0 };
  await Promise.all(
    Array.from({ length: AT_ONCE }, async (_, first) => {
      for (let i = 0; i < rounds * bombs.length; i++) {
        const { bytes, statuses } = bombs[(first + i) % bombs.length]!;
        const connection = await Connection.open(service.address);
        tally.sent += 1;
        const { status } = await connection.send(bytes).catch(() => ({ status: 0 }));
        if (statuses.includes(status)) tally.asDocumented += 1;
        else process.stderr.write(`expected status ${statuses.join(' or ')}, got ${status}\n`);
        connection.close();
      }
    }),
  );
  const grown = (await peakRss(service.pid)) - monitored.idleRss;
  const checks = [
    exactly(`responses as documented, of ${tally.sent}`, tally.asDocumented, tally.sent),
    atMost('peak of memory beyond the idle process', mebibytes(grown), mebibytes(BUDGET_BYTES + SLACK_BYTES), 'MiB'),
    ...(await monitored.checks()),
  ];
  await service.stop();
  return {
    checks,
    notes: [
      `${AT_ONCE} requests at a time. Some inflate to ${mebibytes(INFLATED_BYTES)} MiB, in gzip and deflate, for every route; ` +
        'others are cut short, are not compressed at all, or have a changed byte. The limits are ' +
        `${mebibytes(JSON_BYTES)} MiB of JSON, ${mebibytes(BODY_BYTES)} MiB of binary and ${mebibytes(BUDGET_BYTES)} MiB in all. ` +
        'Beyond them the status is 413, or 429 while other requests use the memory.',
    ],
  };
}

interface Attack {
  readonly bytes: Buffer;
  readonly statuses: readonly number[];
}

function attacks(): Attack[] {
  const zeros = Buffer.alloc(INFLATED_BYTES, ' ');
  const gzip = gzipSync(zeros);
  const deflate = deflateSync(zeros);
  const tooLarge = [413, 429];
  const malformed = [400, 429];
  return FORMATS.flatMap((format) => {
    const { path, type, headers, body } = requestIn(format, makeNumbers(64, 20), {});
    const encoded = (bytes: Buffer, encoding: string) =>
      post(path, type, bytes, { ...headers, 'Content-Encoding': encoding });
    const whole = gzipSync(body);
    const changed = Buffer.from(whole);
    changed[changed.length >> 1]! ^= 0x40;
    return [
      { bytes: encoded(gzip, 'gzip'), statuses: tooLarge },
      { bytes: encoded(deflate, 'deflate'), statuses: tooLarge },
      { bytes: encoded(gzip.subarray(0, 1000), 'gzip'), statuses: malformed },
      { bytes: encoded(whole.subarray(0, -9), 'gzip'), statuses: malformed },
      { bytes: encoded(body, 'gzip'), statuses: malformed },
      { bytes: encoded(changed, 'gzip'), statuses: malformed },
      { bytes: encoded(whole, 'gzip'), statuses: [200, 429] },
      { bytes: encoded(body, 'br'), statuses: [415] },
    ];
  });
}
