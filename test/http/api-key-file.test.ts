import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, mock, test } from 'node:test';
import { pino } from 'pino';
import { SettingsError } from '../../src/core/settings-error.ts';
import { waitForExit } from '../../src/core/thread-registry.ts';
import { ApiKeyFile } from '../../src/http/api-key-file.ts';
import { ApiKeys } from '../../src/http/plugins/authentication.ts';
import { startServiceWith } from '../harness/service-process.ts';
import { until } from '../harness/until.ts';
import { failedStart } from '../helpers/failed-start.ts';
import { startTestService } from '../helpers/service.ts';

const { open: realOpen } = fsPromises;
const folder = mkdtempSync(join(tmpdir(), 'api-keys-'));
after(() => rmSync(folder, { recursive: true }));

/** A key file without its timer: `settle` reads it as often as it takes for a change to take effect. */
async function open(name: string, content: string) {
  const path = join(folder, name);
  writeFileSync(path, content);
  const lines: { msg: string; reason?: string }[] = [];
  const logger = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
  const file = await ApiKeyFile.open(path, logger);
  const keys = new ApiKeys(['fixed'], file);
  return {
    path,
    file,
    lines,
    settle: async () => {
      await file.reload();
      await file.reload();
    },
    has: (key: string) => keys.check({ 'x-api-key': key }) === 'valid',
  };
}

test('a file has one key per line; comments, empty lines, CRLF and a byte order mark are ignored', async () => {
  const { has } = await open('format', '\uFEFF# keys of the team\r\nfirst\r\n\r\n  second  \n#third\nlast');
  for (const key of ['first', 'second', 'last', 'fixed']) assert.ok(has(key), key);
  for (const key of ['#third', 'third', '# keys of the team', '']) assert.ok(!has(key), key);
});

test('a change takes effect when it has been read twice, so that a half-written file never does', async () => {
  const { path, file, has } = await open('change', 'old\n');
  writeFileSync(path, 'ne');
  await file.reload();
  assert.deepEqual([has('old'), has('ne')], [true, false]);
  writeFileSync(path, 'new\n');
  await file.reload();
  assert.deepEqual([has('old'), has('ne'), has('new')], [true, false, false]);
  await file.reload();
  assert.deepEqual([has('old'), has('ne'), has('new')], [false, false, true]);
});

test('a file that is replaced by a rename is reloaded', async () => {
  const { path, settle, has } = await open('renamed', 'old');
  writeFileSync(`${path}.new`, 'new');
  renameSync(`${path}.new`, path);
  await settle();
  assert.deepEqual([has('old'), has('new')], [false, true]);
});

test('a Kubernetes secret is reloaded when its symlinks are swapped', async () => {
  const mount = join(folder, 'secret');
  const version = (name: string, keys: string) => {
    mkdirSync(join(mount, name), { recursive: true });
    writeFileSync(join(mount, name, 'keys'), keys);
    symlinkSync(name, join(mount, '..data_tmp'));
    renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
  };
  version('..2026_01', 'old');
  symlinkSync(join('..data', 'keys'), join(mount, 'keys'));
  const file = await ApiKeyFile.open(join(mount, 'keys'), pino({ level: 'silent' }));
  const keys = new ApiKeys([], file);
  version('..2026_02', 'new');
  rmSync(join(mount, '..2026_01'), { recursive: true });
  await file.reload();
  await file.reload();
  assert.equal(keys.check({ 'x-api-key': 'new' }), 'valid');
  assert.equal(keys.check({ 'x-api-key': 'old' }), 'invalid');
});

test('if the file is missing, unreadable, empty or invalid, the keys stay, and the log says so once', async () => {
  const { path, settle, has, lines } = await open('trouble', 'good');
  const cases: [() => void, RegExp][] = [
    [() => unlinkSync(path), /ENOENT/],
    [() => mkdirSync(path), /expected a file, got a directory/],
    [() => rmSync(path, { recursive: true }), /ENOENT/],
    [() => writeFileSync(path, ''), /at least one key, got none/],
    [() => writeFileSync(path, '# nothing\n\n'), /at least one key, got none/],
    [() => writeFileSync(path, 'fine\nnot fine\n'), /key 2: expected visible ASCII/],
  ];
  for (const [spoil, reason] of cases) {
    spoil();
    for (let i = 0; i < 3; i++) await settle();
    assert.ok(has('good') && !has('fine'));
    assert.match(lines.at(-1)?.reason ?? '', reason);
  }
  assert.equal(lines.length, 5); // An empty file and one with only a comment have the same error.
  assert.ok(!JSON.stringify(lines).includes('not fine'));

  writeFileSync(path, 'better');
  await settle();
  assert.deepEqual([has('good'), has('better')], [false, true]);
  assert.equal(lines.at(-1)?.msg, 'API keys changed');
  assert.ok(!JSON.stringify(lines).includes('better'));
});

test('without a valid key in the file, startup fails with a message that names the file', async () => {
  const empty = join(folder, 'empty');
  writeFileSync(empty, '# none\n');
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const large = join(folder, 'large');
  writeFileSync(large, Buffer.alloc(2 ** 20 + 1, '#'));
  for (const [path, reason] of [
    [empty, 'expected at least one key, got none'],
    [join(folder, 'missing'), 'ENOENT'],
    [folder, 'expected a file, got a directory'],
    ['/dev/zero', 'expected a regular file, got a pipe or a device'],
    [pipe, 'expected a regular file, got a pipe or a device'],
    [large, 'expected a file of at most 1048576 bytes, got 1048577'],
  ] as const) {
    await assert.rejects(
      ApiKeyFile.open(path, pino({ level: 'silent' })),
      (error) =>
        error instanceof SettingsError &&
        error.message.startsWith(`API_KEYS_FILE (--api-keys-file): ${path}: ${reason}`),
    );
  }
});

test('a running service accepts new keys without a restart', async () => {
  const path = join(folder, 'running');
  writeFileSync(path, 'old');
  const service = await startTestService('--api-keys-file', path);
  const statusWith = async (key: string) => (await service.http.get('/v1/engine').set('x-api-key', key)).status;
  assert.equal(await statusWith('old'), 200);
  writeFileSync(path, 'new');
  while ((await statusWith('new')) !== 200) await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(await statusWith('old'), 401);
});

test('if the file is replaced by a pipe that nobody writes to, the keys stay, and rotation goes on after it', async () => {
  const { path, settle, has, lines } = await open('piped', 'old');
  unlinkSync(path);
  execFileSync('mkfifo', [path]);
  await settle();
  assert.ok(has('old'));
  assert.match(lines.at(-1)?.reason ?? '', /^expected a regular file, got a pipe/);
  unlinkSync(path);
  writeFileSync(path, 'new');
  await settle();
  assert.deepEqual([has('old'), has('new')], [false, true]);
});

test('a read that blocks is reported once and not repeated; when it ends, rotation goes on', async () => {
  const path = join(folder, 'blocking');
  writeFileSync(path, 'old');
  const lines: { reason?: string }[] = [];
  const logger = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
  const file = await ApiKeyFile.open(path, logger, 50);
  const pipe = join(folder, 'blocking-pipe');
  execFileSync('mkfifo', [pipe]);
  // Like a network drive that is gone: opened without O_NONBLOCK, the pipe blocks a thread of Node's pool.
  const blocking = mock.method(fsPromises, 'open', () => realOpen(pipe));
  syncBuiltinESMExports();
  for (let i = 0; i < 3; i++) await file.reload();
  assert.equal(blocking.mock.callCount(), 1);
  assert.deepEqual(
    lines.map(({ reason }) => reason),
    ['expected a file that can be read within 0.05 s'],
  );
  assert.equal(await waitForExit(0), 1); // The exit of the process knows of it.

  mock.reset();
  syncBuiltinESMExports();
  writeFileSync(pipe, 'ends the wait');
  await until('the read has ended', async () => (await waitForExit(0)) === 0);
  writeFileSync(path, 'new');
  for (let i = 0; i < 2; i++) await file.reload();
  assert.equal(new ApiKeys([], file).check({ 'x-api-key': 'new' }), 'valid');
});

test('a key file whose read blocks stops the start, and holds the process neither then nor later', async () => {
  const path = join(folder, 'gone');
  const env = { BLOCKING_FILE: path };
  const nodeFlags = ['--import', new URL('../helpers/http/blocking-file.mjs', import.meta.url).href];
  execFileSync('mkfifo', [path]);
  const { signal, stderr } = await failedStart(['--api-keys-file', path], { nodeFlags, env });
  assert.equal(stderr, `API_KEYS_FILE (--api-keys-file): ${path}: expected a file that can be read within 3 s\n`);
  assert.equal(signal, 'SIGKILL'); // Nothing else ends a process with a thread in a system call.

  unlinkSync(path);
  writeFileSync(path, 'key');
  const setup = { nodeFlags, env, stdout: 'pipe' } as const;
  const service = await startServiceWith(setup, '--engine-threads', '1', '--api-keys-file', path);
  after(() => service.signal('SIGKILL'));
  unlinkSync(path);
  execFileSync('mkfifo', [path]);
  await until('a failed read is logged', () => service.log.some((line) => line.includes('could not be reloaded')));
  service.signal('SIGTERM');
  assert.equal(await service.exit(), null);
  assert.match(service.log.at(-1)!, /threads hang in native code or in a system call/);
});
