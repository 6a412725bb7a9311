import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { totalmem } from 'node:os';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fastify from 'fastify';
import { SettingsError } from '../../src/core/settings-error.ts';
import { endOfLifeWarning } from '../../src/core/supported-node.ts';
import { isReachableFromOutside, listen, resolveHost } from '../../src/http/listen.ts';
import { cleanEnvironment } from '../harness/clean-environment.ts';
import { startServiceWith } from '../harness/service-process.ts';
import { failedStart } from '../helpers/failed-start.ts';

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;
const DUAL_STACK = new URL('../helpers/http/dual-stack.mjs', import.meta.url).href;

/** Sends bytes to an address of this machine; resolves to the first line received, or to the code of the error. */
async function firstLine(host: string, port: number, bytes: string): Promise<string> {
  const socket = connect(port, host);
  try {
    socket.write(bytes);
    const [data] = await Promise.race([once(socket, 'data'), sleep(3000, ['nothing'], { ref: false })]);
    return String(data).split('\r\n', 1)[0]!;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'closed';
  } finally {
    socket.destroy();
  }
}

test('with HOST=localhost, every address that accepts connections has all limits, and none of them holds the process', async () => {
  const service = await startServiceWith(
    { nodeFlags: ['--import', DUAL_STACK] },
    '--host',
    'localhost',
    '--engine-threads',
    '1',
    '--max-connections',
    '2',
  );
  after(() => service.signal('SIGKILL'));
  const port = Number(service.address);
  const upgrade = 'GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n';
  assert.equal(await firstLine('127.0.0.1', port, upgrade), 'HTTP/1.1 200 OK');
  assert.match(await firstLine('::1', port, upgrade), /^(HTTP\/1.1 200 OK|ECONNREFUSED)$/);

  const held = Array.from({ length: 4 }, (_, i) => connect(port, i % 2 ? '::1' : '127.0.0.1').on('error', () => {}));
  for (const socket of held) socket.write('GET /health/live HTTP/1.1\r\nhost:'); // Never completed.
  await sleep(300);
  assert.equal(held.filter((socket) => !socket.destroyed && !socket.readableEnded).length, 2);
  service.signal('SIGTERM');
  assert.equal(await Promise.race([service.exit(), sleep(10_000, 'still running', { ref: false })]), 0);
  for (const socket of held) socket.destroy();
});

test('a host that is no address of this machine, or a port in use, is named in one line, and the exit code is 2', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  after(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const cases: [string[], RegExp][] = [
    [['--host', '[::1]'], /^HOST \(--host\): .* such as 127\.0\.0\.1 or ::1, .*; got "\[::1\]" \(ENOTFOUND\)\n$/],
    [
      ['--port', `${port}`],
      new RegExp(`^PORT \\(--port\\): expected a free port of 127.0.0.1, got ${port}, which is in use; .*\n$`),
    ],
  ];
  for (const [flags, expected] of cases) {
    const { code, stderr } = await failedStart(flags);
    assert.match(stderr, expected);
    assert.equal(code, 2);
  }
});

test('each way to fail to resolve or to listen is an error of the setting that it is due to', async () => {
  const cases: [string, RegExp][] = [
    ['no-such-host.invalid', /^HOST \(--host\): .* got "no-such-host.invalid"/],
    ['127.0.0.1:80', /^HOST \(--host\): .* got "127.0.0.1:80"/],
    ['http://localhost', /^HOST \(--host\): .* got "http:\/\/localhost"/],
    ['192.0.2.1', /^HOST \(--host\): expected an address of this machine, got 192.0.2.1 \(EADDRNOTAVAIL\)/],
  ];
  for (const [host, message] of cases) {
    const app = fastify();
    await assert.rejects(
      async () => listen(app, await resolveHost({ host, port: 0 })),
      (error) => error instanceof SettingsError && message.test(error.message) && !error.message.includes('\n'),
    );
    await app.close();
  }
});

test('only loopback addresses and Unix sockets are out of reach of other machines', () => {
  const isReachable = (host: string) => isReachableFromOutside({ host, port: 1 });
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])
    assert.equal(isReachable(host), false, host);
  for (const host of ['0.0.0.0', '::', '192.0.2.1', '2001:db8::1', 'fe80::1%eth0', '::ffff:0.0.0.0']) {
    assert.equal(isReachable(host), true, host);
  }
  assert.equal(isReachableFromOutside({ path: '/tmp/socket' }), false);
});

test('an address that other machines can reach, without keys, is warned of once', async () => {
  await expectWarnings(/no API keys are set: set API_KEYS_FILE or API_KEYS$/, [
    [['--host', '0.0.0.0'], 1],
    [['--host', '::'], 1],
    [['--host', '0.0.0.0', '--api-keys', 'key'], 0],
    [['--host', '127.0.0.1'], 0],
  ]);
});

test('a memory budget beyond the memory there is is warned of', async () => {
  await expectWarnings(/^MEMORY_BUDGET_BYTES and 304 MiB for the process are more than the memory there is/, [
    [['--memory-budget-bytes', `${totalmem() - 2 ** 20}`], 1],
  ]);
});

/** Starts the service with some flags each, and counts its warnings, but that about its Node, until it is ready. */
async function expectWarnings(warning: RegExp, cases: readonly (readonly [string[], number])[]): Promise<void> {
  const warnings = cases.map(async ([flags, expected]) => {
    const child = spawn(process.execPath, [MAIN, '--port', '0', '--engine-threads', '1', ...flags], {
      env: cleanEnvironment(),
    });
    after(() => child.kill('SIGKILL'));
    let count = 0;
    for await (const line of createInterface(child.stdout)) {
      const { level, msg } = JSON.parse(line);
      if (level >= 40 && msg !== endOfLifeWarning(process.versions.node)) {
        assert.match(msg, warning);
        count += 1;
      }
      if (msg === 'ready') break;
    }
    child.kill('SIGKILL');
    assert.equal(count, expected, flags.join(' '));
  });
  await Promise.all(warnings);
}
