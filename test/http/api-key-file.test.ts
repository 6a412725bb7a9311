import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { SettingsError } from '../../src/core/settings-error.ts';
import { ApiKeyFile } from '../../src/http/api-key-file.ts';
import { ApiKeys } from '../../src/http/plugins/authentication.ts';
import { startTestService } from '../helpers/service.ts';

const folder = mkdtempSync(join(tmpdir(), 'api-keys-'));
after(() => rmSync(folder, { recursive: true }));

/** A key file without its timer: `settle` reads it as often as it takes for a change to take effect. */
function open(name: string, content: string) {
  const path = join(folder, name);
  writeFileSync(path, content);
  const lines: { msg: string; reason?: string }[] = [];
  const logger = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
  const file = new ApiKeyFile(path, logger);
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

test('a file has one key per line; comments, empty lines, CRLF and a byte order mark are ignored', () => {
  const { has } = open('format', '\uFEFF# keys of the team\r\nfirst\r\n\r\n  second  \n#third\nlast');
  for (const key of ['first', 'second', 'last', 'fixed']) assert.ok(has(key), key);
  for (const key of ['#third', 'third', '# keys of the team', '']) assert.ok(!has(key), key);
});

test('a change takes effect when it has been read twice, so that a half-written file never does', async () => {
  const { path, file, has } = open('change', 'old\n');
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
  const { path, settle, has } = open('renamed', 'old');
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
  const file = new ApiKeyFile(join(mount, 'keys'), pino({ level: 'silent' }));
  const keys = new ApiKeys([], file);
  version('..2026_02', 'new');
  rmSync(join(mount, '..2026_01'), { recursive: true });
  await file.reload();
  await file.reload();
  assert.equal(keys.check({ 'x-api-key': 'new' }), 'valid');
  assert.equal(keys.check({ 'x-api-key': 'old' }), 'invalid');
});

test('if the file is missing, unreadable, empty or invalid, the keys stay, and the log says so once', async () => {
  const { path, settle, has, lines } = open('trouble', 'good');
  const cases: [() => void, RegExp][] = [
    [() => unlinkSync(path), /ENOENT/],
    [() => mkdirSync(path), /EISDIR/],
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

test('without a valid key in the file, startup fails with a message that names the file', () => {
  const empty = join(folder, 'empty');
  writeFileSync(empty, '# none\n');
  for (const [path, reason] of [
    [empty, 'expected at least one key, got none'],
    [join(folder, 'missing'), 'ENOENT'],
    [folder, 'EISDIR'],
  ] as const) {
    assert.throws(
      () => new ApiKeyFile(path, pino({ level: 'silent' })),
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
