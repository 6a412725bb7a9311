import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { makeNumbers } from '../../bench/batches.ts';
import { Connection, requestHead } from '../harness/connection.ts';
import type { Service } from '../harness/service-process.ts';
import { Latencies } from './latencies.ts';
import { MonitoredService, TINY_REQUEST } from './monitored-service.ts';
import { requestIn, toBytes, V1 } from './request-formats.ts';
import { atMost, type Check, exactly, type Outcome, type Scenario } from './scenario.ts';

const EACH = 50;
const UPLOAD_TIMEOUT_MS = 3000;
/** Timeouts are looked at now and then. */
const CUT_MS = UPLOAD_TIMEOUT_MS + 5000;
const REQUEST_TIMEOUT_MS = 2000;
/** What the service lets a connection be silent, and in the middle of an response twice. */
const SILENCE_MS = UPLOAD_TIMEOUT_MS + REQUEST_TIMEOUT_MS;
const UNREAD_MS = 2 * SILENCE_MS + 5000;
/** Until a socket that was closed long ago says so. */
const AT_ONCE_MS = 3000;
const DRIP_MS = 200;
const OTHERS_MS = 250;

export const slowClients: Scenario = {
  name: 'slow-clients',
  title: 'Slow-loris, half-open connections, clients that do not read',
  run,
};

async function run(): Promise<Outcome> {
  const env = { UPLOAD_TIMEOUT_MS: String(UPLOAD_TIMEOUT_MS) };
  const monitored = await MonitoredService.start({ env }, '--request-timeout-ms', String(REQUEST_TIMEOUT_MS));
  const { service } = monitored;
  const head = requestHead('POST', V1, { 'Content-Type': 'application/json', 'Content-Length': 1000 });
  const others = watchOthers(service);
  const checks = await Promise.all([
    cut('that send nothing', service, CUT_MS, async () => {}),
    cut('that send a header letter by letter', service, CUT_MS, (socket) => drip(socket, head)),
    cut('that send a body letter by letter', service, CUT_MS, async (socket) => {
      socket.write(head);
      await drip(socket, Buffer.alloc(1000, ' '));
    }),
    cut('that send half a body and go silent', service, CUT_MS, async (socket) => {
      socket.write(Buffer.concat([head, Buffer.alloc(500, ' ')]));
    }),
    cutUnread(service),
    cut('that close their side after the request', service, CUT_MS, async (socket) => {
      socket.end(TINY_REQUEST);
    }),
  ]);
  const latencies = await others.stop();
  const rest = await monitored.checks();
  await service.stop();
  return {
    checks: [
      ...checks.flat(),
      atMost('tiny batches of others meanwhile, p99', latencies.quantile(0.99), OTHERS_MS, 'ms'),
      ...rest,
    ],
    notes: [
      `${EACH} connections of each kind at the same time, with UPLOAD_TIMEOUT_MS ${UPLOAD_TIMEOUT_MS} and REQUEST_TIMEOUT_MS ` +
        `${REQUEST_TIMEOUT_MS}. Slow clients send a byte every ${DRIP_MS} ms. The service has to close each connection in time. A client that ` +
        'closes its side is taken to have hung up, so its batch may be cancelled.',
    ],
  };
}

/** Opens connections that misbehave, and counts those that the service closes in time. */
async function cut(
  what: string,
  service: Service,
  startupTimeoutMs: number,
  misbehave: (socket: Socket) => Promise<void>,
): Promise<Check> {
  const outcomes = await Promise.all(
    Array.from({ length: EACH }, async () => {
      const socket = await open(service);
      const closed = once(socket, 'close').then(() => true);
      void misbehave(socket);
      const outcome = await Promise.race([closed, sleep(startupTimeoutMs, false, { ref: false })]);
      socket.destroy();
      return outcome;
    }),
  );
  return allClosed(what, startupTimeoutMs, outcomes);
}

function allClosed(what: string, startupTimeoutMs: number, outcomes: readonly boolean[]): Check {
  const closedCount = outcomes.filter(Boolean).length;
  return exactly(`clients ${what}: closed within ${startupTimeoutMs / 1000} s, of ${EACH}`, closedCount, EACH);
}

async function open({ address }: Service): Promise<Socket> {
  const socket = typeof address === 'string' ? connect(address) : connect(address, '127.0.0.1');
  socket.on('error', () => {}).resume(); // Being cut off is what it is about.
  await once(socket, 'connect');
  return socket;
}

async function drip(socket: Socket, bytes: Buffer): Promise<void> {
  for (const byte of bytes) {
    if (socket.destroyed) return;
    socket.write(Buffer.of(byte));
    await sleep(DRIP_MS);
  }
}

/** A socket that is not read does not tell that it was closed; if it was, it does at once when it is read. */
async function cutUnread(service: Service): Promise<Check> {
  // Each asks when the one before has begun to be answered: all at once, some would be too late on a slow machine.
  const inTurn = pLimit(1);
  const outcomes = await Promise.all(
    Array.from({ length: EACH }, async () => {
      const socket = await inTurn(() => beginUnread(service));
      const closed = once(socket, 'close').then(() => true);
      await sleep(UNREAD_MS);
      socket.resume();
      const outcome = await Promise.race([closed, sleep(AT_ONCE_MS, false, { ref: false })]);
      socket.destroy();
      return outcome;
    }),
  );
  return allClosed('that do not read their response', UNREAD_MS, outcomes);
}

/** A socket whose response has begun to come, and is not read. */
async function beginUnread(service: Service): Promise<Socket> {
  const socket = await open(service);
  socket.pause();
  socket.write(UNREAD);
  await once(socket, 'readable');
  return socket;
}

/** Its response is far larger than what the system takes of it. */
const UNREAD = toBytes(
  requestIn('safetensors', makeNumbers(20_000, 80), { outputs: ['gradients', 'elementwise', 'hessian'] }),
);

function watchOthers(service: Service) {
  const latencies = new Latencies();
  let going = true;
  const done = (async () => {
    const connection = await Connection.open(service.address);
    while (going) {
      const { ms, status } = await connection.send(TINY_REQUEST);
      if (status === 200) latencies.add(ms);
      await sleep(20);
    }
    connection.close();
  })();
  return {
    async stop() {
      going = false;
      await done;
      return latencies;
    },
  };
}
