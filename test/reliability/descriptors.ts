import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../harness/connection.ts';
import { MonitoredService, TINY_REQUEST, tinyBatchStatus } from './monitored-service.ts';
import { atMost, exactly, type Outcome, type Scenario } from './scenario.ts';

const DESCRIPTORS = 96;
const CONNECTIONS = 300;
const RECOVERY_MS = 2000;
const TIMEOUT_MS = 10 * RECOVERY_MS;

export const descriptors: Scenario = {
  name: 'descriptors',
  title: 'No file descriptors left',
  run,
};

async function run(short: boolean): Promise<Outcome> {
  const rounds = short ? 2 : 10;
  const monitored = await MonitoredService.start({});
  const { service } = monitored;
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
    slowest = Math.max(slowest, await recovery(monitored));
  }
  old.close();
  const checks = [
    exactly(`an older connection is served meanwhile, of ${rounds}`, served, rounds),
    atMost('until a new connection is served, the slowest', slowest, RECOVERY_MS, 'ms'),
    ...(await monitored.checks()),
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

/** Not at the start, when Node reads many modules at the same time. */
async function limitDescriptors(pid: number): Promise<void> {
  const [code] = await once(spawn('prlimit', ['--pid', String(pid), `--nofile=${DESCRIPTORS}`]), 'exit');
  if (code !== 0) throw new Error('prlimit does not work here');
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {}); // Most fail sooner or later.
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {});
  return socket;
}

async function recovery({ service }: MonitoredService): Promise<number> {
  const start = performance.now();
  while (performance.now() - start < TIMEOUT_MS) {
    if ((await tinyBatchStatus(service)) === 200) break;
    await sleep(20);
  }
  return performance.now() - start;
}
