import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../harness/connection.ts';
import { rss } from '../harness/rss.ts';
import { type Service, startServiceWith } from '../harness/service-process.ts';
import { startProcess } from '../harness/start-process.ts';
import { TINY_REQUEST } from './monitored-service.ts';
import { atMost, type Check, exactly, mebibytes, type Outcome, type Scenario } from './scenario.ts';

const EXIT_MS = 5000;
/** The lines that may wait, and the growth of the process in its first requests. */
const GROWTH_BYTES = 96 * 2 ** 20;

export const logSinks: Scenario = {
  name: 'log-sinks',
  title: 'A log that cannot be written: disk full, reader gone, reader stuck',
  run,
};

async function run(short: boolean): Promise<Outcome> {
  const requests = short ? 2000 : 20_000;
  return {
    checks: [
      ...(await fullDisk(requests)),
      ...(await brokenReader('reader gone', 'SIGKILL', requests)),
      ...(await brokenReader('reader stuck', 'SIGSTOP', requests)),
    ],
    notes: [
      `${requests} tiny requests each, all of which are logged (LOG_LEVEL=info). The full disk is /dev/full, where each write ` +
        'fails with ENOSPC. The reader is a process at the other end of a pipe, which ends or is stopped. Lines that cannot ' +
        'be written are lost; requests are not.',
    ],
  };
}

async function fullDisk(requests: number): Promise<Check[]> {
  const full = openSync('/dev/full', 'w');
  const service = await startServiceWith({ stdout: full }, '--log-level', 'info');
  closeSync(full);
  return serveAndExit('disk full', service, requests);
}

/** A reader that has ended causes EPIPE at the next write; one that is stopped causes EAGAIN when the pipe is full. */
async function brokenReader(kind: string, signal: 'SIGKILL' | 'SIGSTOP', requests: number): Promise<Check[]> {
  const folder = await mkdtemp(join(tmpdir(), 'log-'));
  const path = join(folder, 'pipe');
  await once(spawn('mkfifo', [path]), 'exit');
  const reader = startProcess('cat', [path]);
  reader.stdout!.resume();
  const pipe = openSync(path, 'w'); // Waits for the reader.
  const service = await startServiceWith({ stdout: pipe }, '--log-level', 'info');
  closeSync(pipe);
  reader.kill(signal);
  const checks = await serveAndExit(kind, service, requests);
  reader.kill('SIGKILL');
  await rm(folder, { recursive: true });
  return checks;
}

async function serveAndExit(kind: string, service: Service, requests: number): Promise<Check[]> {
  const before = await rss(service.pid);
  const connection = await Connection.open(service.address);
  let served = 0;
  for (; served < requests; served++) {
    const response = await connection.send(TINY_REQUEST).catch(() => undefined);
    if (response?.status !== 200) break;
  }
  connection.close();
  const grown = service.ended ? 0 : (await rss(service.pid)) - before;
  const ended = service.ended;
  service.signal('SIGTERM');
  const code = await Promise.race([service.exit(), sleep(EXIT_MS, 'none', { ref: false })]);
  service.signal('SIGKILL');
  await service.exit();
  return [
    exactly(`${kind}: responses, of ${requests}`, served, requests),
    atMost(`${kind}: memory grows by`, mebibytes(grown), mebibytes(GROWTH_BYTES), 'MiB'),
    exactly(`${kind}: exit code within ${EXIT_MS / 1000} s of SIGTERM`, ended ? 'ended before' : code, 0),
  ];
}
