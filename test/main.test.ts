import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { cleanEnvironment } from './harness/clean-environment.ts';
import { startServiceWith } from './harness/service-process.ts';

// The built process, as `npm start` runs it.

const MAIN = new URL('../dist/main.js', import.meta.url).pathname;
const folder = await mkdtemp(join(tmpdir(), 'focal-loss-'));
after(() => rm(folder, { recursive: true }));

interface Log {
  readonly msg: string;
  readonly request_id?: string;
  readonly status?: number;
}

/** Starts the process and waits for its log to say `until`; `logs` goes on filling. */
async function start(flags: string[], until = 'ready'): Promise<{ child: ChildProcess; logs: Log[]; socket: string }> {
  const socket = join(folder, `${flags.length}-${Math.random()}.sock`);
  const child = spawn(process.execPath, [MAIN, '--socket', socket, '--engine-threads', '1', ...flags], {
    env: cleanEnvironment(),
  });
  after(() => child.kill('SIGKILL')); // In case a test fails before it stops the process.
  const logs: Log[] = [];
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`exited with ${code}`)));
    createInterface(child.stdout!).on('line', (line) => {
      const log: Log = JSON.parse(line); // Every line is one JSON object, or this throws.
      logs.push(log);
      if (log.msg.startsWith(until)) resolve();
    });
  });
  return { child, logs, socket };
}

async function call(socketPath: string, method: string, path: string, body?: object) {
  const outgoing = request({
    socketPath,
    method,
    path,
    headers: { 'content-type': 'application/json', 'x-request-id': 'test-1' },
  });
  outgoing.end(body && JSON.stringify(body));
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const text = (await response.setEncoding('utf8').toArray()).join('');
  return { status: response.statusCode, connection: response.headers.connection, body: JSON.parse(text) };
}

const BATCH = { logits: [[1, -2]], labels: [[1, 0]] };
/** Large enough that it is still being evaluated when the signal arrives. */
const LARGE = { logits: new Array(400_000).fill(0.5), labels: new Array(400_000).fill(1), outputs: ['loss'] };

test('the service listens on a Unix socket, logs a line per request with its id, and exits with 0 after SIGTERM', async () => {
  const { child, logs, socket } = await start([]);
  assert.equal((await call(socket, 'GET', '/health/ready')).body.status, 'ready');
  assert.equal((await call(socket, 'POST', '/v1/focal-loss', BATCH)).status, 200);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  const lines = logs.filter((log) => log.msg === 'request');
  assert.deepEqual(
    lines.map((log) => [log.request_id, log.status]),
    [
      ['test-1', 200],
      ['test-1', 200],
    ],
  );
});

test('a thread that hangs in native code, where it can not be terminated, does not keep the process alive', async () => {
  const hook = new URL('reliability/failing-threads.mjs', import.meta.url).href;
  const setup = { nodeFlags: ['--import', hook], stdout: 'pipe' } as const;
  const service = await startServiceWith(setup, '--engine-threads', '1', '--request-timeout-ms', '500');
  const late = await fetch(`http://127.0.0.1:${service.address}/v1/focal-loss`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ logits: [1], labels: [1], class_names: ['hang'] }),
  });
  assert.equal(late.status, 504);
  service.signal('SIGTERM');
  assert.equal(await service.exit(), null); // By a signal, its own SIGKILL.
  assert.match(service.log.at(-1)!, /threads hang in native code/);
});

test('while draining, readiness fails, batches are still evaluated, and connections close after their responses', async () => {
  const { child, logs, socket } = await start(['--drain-delay-ms', '1000']);
  assert.equal((await call(socket, 'GET', '/health/ready')).connection, 'keep-alive');
  const before = call(socket, 'POST', '/v1/focal-loss', LARGE);
  child.kill('SIGTERM');
  while (!logs.some(({ msg }) => msg === 'shutting down')) await new Promise((resolve) => setTimeout(resolve, 10));
  const ready = await call(socket, 'GET', '/health/ready');
  assert.deepEqual([ready.status, ready.body.code], [503, 'shutting_down']);
  const responses = [
    await call(socket, 'GET', '/health/live'),
    await call(socket, 'POST', '/v1/focal-loss', BATCH),
    await before,
  ];
  for (const { status, connection } of responses) assert.deepEqual([status, connection], [200, 'close']);
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('before the engine is warm, the service is live but not ready', async () => {
  // As many threads as this take a while to warm.
  const { child, logs, socket } = await start(['--engine-threads', '16'], 'listening');
  const ready = await call(socket, 'GET', '/health/ready');
  assert.deepEqual([ready.status, ready.body.code], [503, 'not_ready']);
  assert.equal((await call(socket, 'GET', '/health/live')).status, 200);
  assert.equal((await call(socket, 'POST', '/v1/focal-loss', BATCH)).body.code, 'not_ready');
  assert.ok(!logs.some((log) => log.msg === 'ready'));
  child.kill('SIGKILL');
});

test('a signal during the warm-up ends the process with 0, at whatever moment', async () => {
  for (let delay = 0; delay < 400; delay += 50) {
    const { child } = await start([], 'listening');
    setTimeout(() => child.kill('SIGTERM'), delay);
    assert.deepEqual(await once(child, 'exit'), [0, null], `${delay} ms after it listens`);
  }
});

test('with an invalid setting, the service exits with 2 and says why on standard error', async () => {
  const child = spawn(process.execPath, [MAIN, '--port', 'http'], { env: cleanEnvironment() });
  const [text, [code]] = await Promise.all([child.stderr.setEncoding('utf8').toArray(), once(child, 'exit')]);
  assert.equal(code, 2);
  assert.equal(text.join(''), 'PORT (--port): expected an integer from 0 to 65535, got "http"\n');
});

test('with a missing key file, the service exits with 2 before it starts', async () => {
  const file = join(folder, 'no-such-keys');
  const child = spawn(process.execPath, [MAIN, '--port', '0', '--api-keys-file', file], { env: cleanEnvironment() });
  const [text, [code]] = await Promise.all([child.stderr.setEncoding('utf8').toArray(), once(child, 'exit')]);
  assert.equal(code, 2);
  assert.match(text.join(''), /^API_KEYS_FILE \(--api-keys-file\): .*no-such-keys: ENOENT/);
});
