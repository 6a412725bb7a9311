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
/** With time to spare, because the service checks its timeouts at intervals. */
const CLOSE_MS = UPLOAD_TIMEOUT_MS + 5000;
const REQUEST_TIMEOUT_MS = 2000;
/** How long the service lets a connection be idle; twice as long if a part of a response has been read. */
const IDLE_MS = UPLOAD_TIMEOUT_MS + REQUEST_TIMEOUT_MS;
const UNREAD_MS = 2 * IDLE_MS + 5000;
/** How long a socket that was closed earlier may take to report it. */
const REPORT_MS = 3000;
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
  const others = measureOthers(service);
  const checks = await Promise.all([
    expectClosed('that send nothing', service, CLOSE_MS, async () => {}),
    expectClosed('that send a header byte by byte', service, CLOSE_MS, (socket) => drip(socket, head)),
    expectClosed('that send a body byte by byte', service, CLOSE_MS, async (socket) => {
      socket.write(head);
      await drip(socket, Buffer.alloc(1000, ' '));
    }),
    expectClosed('that send half a body and go silent', service, CLOSE_MS, async (socket) => {
      socket.write(Buffer.concat([head, Buffer.alloc(500, ' ')]));
    }),
    expectUnreadClosed(service),
    expectClosed('that close their side after the request', service, CLOSE_MS, async (socket) => {
      socket.end(TINY_REQUEST);
    }),
  ]);
  const latencies = await others.stop();
  const rest = await monitored.checks();
  await service.stop();
  return {
    checks: [
      ...checks.flat(),
      atMost('tiny batches of other clients meanwhile, p99', latencies.quantile(0.99), OTHERS_MS, 'ms'),
      ...rest,
    ],
    notes: [
      `${EACH} connections of each kind at the same time, with UPLOAD_TIMEOUT_MS ${UPLOAD_TIMEOUT_MS} and REQUEST_TIMEOUT_MS ` +
        `${REQUEST_TIMEOUT_MS}. Slow clients send a byte every ${DRIP_MS} ms. The service has to close each connection in time. A client that ` +
        'closes its side counts as disconnected, so its batch may be cancelled.',
    ],
  };
}

/** Opens connections that misbehave, and counts those that the service closes in time. */
async function expectClosed(
  kind: string,
  service: Service,
  withinMs: number,
  misbehave: (socket: Socket) => Promise<void>,
): Promise<Check> {
  const outcomes = await Promise.all(
    Array.from({ length: EACH }, async () => {
      const socket = await open(service);
      const closed = once(socket, 'close').then(() => true);
      void misbehave(socket);
      const outcome = await Promise.race([closed, sleep(withinMs, false, { ref: false })]);
      socket.destroy();
      return outcome;
    }),
  );
  return allClosed(kind, withinMs, outcomes);
}

function allClosed(kind: string, withinMs: number, outcomes: readonly boolean[]): Check {
  const closedCount = outcomes.filter(Boolean).length;
  return exactly(`clients ${kind}: closed within ${withinMs / 1000} s, of ${EACH}`, closedCount, EACH);
}

async function open({ address }: Service): Promise<Socket> {
  const socket = typeof address === 'string' ? connect(address) : connect(address, '127.0.0.1');
  socket.on('error', () => {}).resume(); // The service is expected to close it.
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

/** A socket reports that it was closed only when it is read. */
async function expectUnreadClosed(service: Service): Promise<Check> {
  // One after another: each waits for the beginning of its response, which on a slow machine could otherwise be too late.
  const inTurn = pLimit(1);
  const outcomes = await Promise.all(
    Array.from({ length: EACH }, async () => {
      const socket = await inTurn(() => beginUnread(service));
      const closed = once(socket, 'close').then(() => true);
      await sleep(UNREAD_MS);
      socket.resume();
      const outcome = await Promise.race([closed, sleep(REPORT_MS, false, { ref: false })]);
      socket.destroy();
      return outcome;
    }),
  );
  return allClosed('that do not read their response', UNREAD_MS, outcomes);
}

/** Opens a socket whose response has begun, and does not read it. */
async function beginUnread(service: Service): Promise<Socket> {
  const socket = await open(service);
  socket.pause();
  socket.write(UNREAD);
  await once(socket, 'readable');
  return socket;
}

/** Its response is far larger than the socket buffers. */
const UNREAD = toBytes(
  requestIn('safetensors', makeNumbers(20_000, 80), { outputs: ['gradients', 'elementwise', 'hessian'] }),
);

function measureOthers(service: Service) {
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
