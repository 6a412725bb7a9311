import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../harness/free-port.ts';
import { Haproxy, haproxyInstalled } from '../harness/haproxy.ts';
import { scrape } from '../harness/scrape.ts';
import { Replica } from './replica.ts';

// Jobs train against three replicas behind HAProxy, once in peace and once while the replicas are restarted one by one
// and one of them is killed. No job may fail, and the curves have to be the same to the last bit. PYTHON is an
// interpreter with the Python client and scikit-learn. Takes about a minute and a half.

const PYTHON = process.env.PYTHON ?? 'python3';
const JOB = new URL('job.py', import.meta.url).pathname;
const JOBS = 4;
const CANDIDATES = 1000;
const STEP_PAUSE_S = 0.02;

const say = (line: string) => process.stdout.write(`${line}\n`);

const lacks = [
  { tool: 'HAProxy', found: haproxyInstalled },
  {
    tool: `scikit-learn and focal_loss_client for ${PYTHON}`,
    found: spawnSync(PYTHON, ['-c', 'import sklearn, focal_loss_client']).status === 0,
  },
].filter(({ found }) => !found);
if (lacks.length > 0) {
  say(`skipped: the fleet: there is no ${lacks.map(({ tool }) => tool).join(', nor ')}`);
  process.exit();
}

const ports = await Promise.all([freePort(), freePort(), freePort()]);
const replicas = ports.map((port) => new Replica(port));
const proxy = await Haproxy.start(ports);
const url = `http://127.0.0.1:${proxy.port}`;

try {
  await Promise.all(replicas.map((replica) => replica.start()));
  await proxy.ready();
  const peaceful = await train();
  say(`in peace: ${JOBS} jobs of ${CANDIDATES} steps, last losses ${peaceful.map((curve) => curve.at(-1)).join(', ')}`);

  let training = true;
  const curves = train().finally(() => {
    training = false;
  });
  const restarts = disturb();
  await Promise.race([restarts, curves]); // A job that fails says so at once.
  await restarts;
  assert.ok(training, 'the jobs were over before the restarts: they showed nothing');
  assert.deepEqual(await curves, peaceful);
  say('with every replica restarted and one killed: no error, and the same curves to the last bit');
  say(`${JOBS} passed, 0 failed`);
} finally {
  await proxy.stop();
  await Promise.all(replicas.map((replica) => replica.stop('SIGKILL')));
}

/** The losses that each job printed, step by step. */
function train(): Promise<string[][]> {
  return Promise.all(Array.from({ length: JOBS }, (_, seed) => runJob(seed)));
}

async function runJob(seed: number): Promise<string[]> {
  const job = spawn(PYTHON, [JOB, url, String(seed), String(CANDIDATES), String(STEP_PAUSE_S)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  const ended = once(job, 'exit');
  const output: string[] = await job.stdout.setEncoding('utf8').toArray();
  const [code] = await ended;
  assert.equal(code, 0, `job ${seed} failed`);
  const curve = output.join('').trim().split('\n');
  assert.equal(curve.length, CANDIDATES);
  return curve;
}

async function disturb(): Promise<void> {
  for (const [index, replica] of replicas.entries()) {
    await pause(500);
    const batches = await answered(replica);
    assert.ok(batches > 0, 'a replica that was sent nothing shows nothing');
    await replica.stop('SIGTERM');
    await replica.start();
    say(`replica ${'abc'[index]} was restarted after ${batches} batches`);
  }
  await pause(1000); // The proxy has to have seen the last one come back, or two would be away.
  assert.ok((await answered(replicas[0]!)) > 0);
  await replicas[0]!.stop('SIGKILL');
  say('replica a was killed');
}

async function answered(replica: Replica): Promise<number> {
  const { samples } = await scrape(`http://${replica.address}`);
  const batches = [...samples].filter(([sample]) => sample.startsWith('focal_loss_batches_total'));
  return batches.reduce((sum, [, value]) => sum + value, 0);
}
