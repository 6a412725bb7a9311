import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../harness/connection.ts';
import { atMost, exactly, type Outcome, type Scenario } from './scenario.ts';
import { answersTiny, TINY_REQUEST, WatchedService } from './watched-service.ts';

const DESCRIPTORS = 96;
const CONNECTIONS = 300;
const RECOVERY_MS = 2000;
const PATIENCE_MS = 10 * RECOVERY_MS;

export const descriptors: Scenario = {
  name: 'descriptors',
  title: 'No file descriptors left',
  run,
};

async function run(short: boolean): Promise<Outcome> {
  const rounds = short ? 2 : 10;
  const watched = await WatchedService.start({});
  const { service } = watched;
  await limitDescriptors(service.pid);
  const old = await Connection.open(service.address);
  let served = 0;
  let slowest = 0;
  for (let round = 0; round < rounds; round++) {
    const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(Number(service.address))));
    await sleep(200);
    const { status } = await old.send(TINY_REQUEST).catch(() => ({ status: 0 }));
    if (status === 200) served += 1;
    for (const socket of sockets) socket.destroy();
    slowest = Math.max(slowest, await recovery(watched));
  }
  old.close();
  const checks = [
    exactly(`an older connection is served meanwhile, of ${rounds}`, served, rounds),
    atMost('until a new connection is served, the slowest', slowest, RECOVERY_MS, 'ms'),
    ...(await watched.checks()),
  ];
  await service.stop();
  return {
    checks,
    notes: [
      `The process may have ${DESCRIPTORS} descriptors (RLIMIT_NOFILE), those of the engine included. ${rounds} times ${CONNECTIONS} ` +
        'connections are opened at the same time and closed again.',
    ],
  };
}

/** Afterwards, because modules are read many at a time at the start. */
async function limitDescriptors(pid: number): Promise<void> {
  const [code] = await once(spawn('prlimit', ['--pid', String(pid), `--nofile=${DESCRIPTORS}`]), 'exit');
  if (code !== 0) throw new Error('prlimit does not work here');
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {}); // Most are refused, sooner or later.
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {});
  return socket;
}

async function recovery({ service }: WatchedService): Promise<number> {
  const start = performance.now();
  while (performance.now() - start < PATIENCE_MS) {
    if ((await answersTiny(service)) === 200) break;
    await sleep(20);
  }
  return performance.now() - start;
}
