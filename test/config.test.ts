import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSettings, helpText, listenOptions, loadConfig } from '../src/config.ts';
import { SettingsError } from '../src/core/settings-error.ts';

function load(args: string[], environment: Record<string, string> = {}) {
  const config = loadConfig(args, environment);
  assert.ok(typeof config === 'object');
  return config;
}

test('with nothing set, it serves this machine alone on port 8080', () => {
  const config = load([]);
  assert.deepEqual(listenOptions(config), { host: '127.0.0.1', port: 8080 });
  assert.equal(config.engine, 'auto');
});

test('a setting is an environment variable or a flag, and the flag wins', () => {
  assert.deepEqual(listenOptions(load([], { PORT: '9000', HOST: '0.0.0.0' })), { host: '0.0.0.0', port: 9000 });
  assert.deepEqual(listenOptions(load(['--port', '9001'], { PORT: '9000' })), { host: '127.0.0.1', port: 9001 });
  assert.deepEqual(listenOptions(load(['--socket=/tmp/focal.sock'])), { path: '/tmp/focal.sock' });
});

test('a wrong value stops the start with every wrong name, what was expected and what came', () => {
  assert.throws(
    () => loadConfig([], { PORT: '80a', ENGINE: 'tpu', QUEUE_LIMIT: '0', LOG_LEVEL: 'loud' }),
    (error) => {
      assert.ok(error instanceof SettingsError);
      assert.deepEqual(error.message.split('\n').slice(0, 2), [
        'PORT (--port): expected an integer from 0 to 65535, got "80a"',
        'ENGINE (--engine): expected one of auto, cuda, webgpu, wasm, tensorflow, got "tpu"',
      ]);
      assert.match(error.message, /^QUEUE_LIMIT .*got "0"$/m);
      assert.match(error.message, /^LOG_LEVEL .*got "loud"$/m);
      return true;
    },
  );
});

test('the path of a socket is as long as the system allows, in bytes', { skip: process.platform !== 'linux' }, () => {
  for (const path of ['/'.padEnd(107, 'x'), `/x${'ä'.repeat(52)}x`]) {
    assert.deepEqual(listenOptions(load([], { SOCKET: path })), { path });
  }
  for (const path of ['/'.padEnd(108, 'x'), `/x${'ä'.repeat(53)}`]) {
    assert.throws(
      () => load([], { SOCKET: path }),
      /^SettingsError: SOCKET \(--socket\): expected a path of at most 107 bytes/,
    );
  }
});

test('a flag that is none is named', () => {
  assert.throws(() => loadConfig(['--prot', '1'], {}), /--prot/);
});

test('help prints every setting with its default', () => {
  const help = helpText();
  for (const { name, flag, initial } of describeSettings()) {
    assert.ok(help.includes(`${flag} VALUE  `) && help.includes(`${name} (default: ${initial})`), name);
  }
  assert.equal(loadConfig(['--help'], {}), 'help');
  assert.equal(loadConfig(['--version'], {}), 'version');
});

test('a time that no timer can wait for stops the start', () => {
  for (const name of ['REQUEST_TIMEOUT_MS', 'UPLOAD_TIMEOUT_MS', 'DRAIN_DELAY_MS']) {
    assert.throws(
      () => load([], { [name]: String(2 ** 31) }),
      new RegExp(`^SettingsError: ${name} .*: expected an integer from \\d+ to \\d+, got "2147483648"`),
    );
  }
});
