import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isReady, type Service, startServiceWith } from '../harness/service-process.ts';
import { failedStart } from '../helpers/failed-start.ts';

const folder = mkdtempSync(join(tmpdir(), 'socket-'));
after(() => rmSync(folder, { recursive: true }));

async function start(path: string): Promise<Service> {
  const service = await startServiceWith({}, '--socket', path, '--engine-threads', '1', '--log-level', 'silent');
  after(() => service.signal('SIGKILL'));
  return service;
}

test('a socket that a killed process left behind is replaced, one in use is not, and the exit removes it', async () => {
  const path = join(folder, 'service.sock');
  const killed = await start(path);
  killed.signal('SIGKILL');
  await killed.exit();
  assert.ok(existsSync(path));

  const service = await start(path);
  const { code, stderr } = await failedStart(['--socket', path]);
  assert.equal(stderr, `SOCKET (--socket): expected a socket that no process uses; got "${path}", which is in use\n`);
  assert.equal(code, 2);
  assert.ok(await isReady(path));
  await service.stop();
  assert.ok(!existsSync(path));
});

test('what is no socket is not deleted', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, 'content');
  const link = join(folder, 'link');
  symlinkSync(file, link);
  for (const path of [file, link, folder]) {
    const { code, stderr } = await failedStart(['--socket', path]);
    assert.match(stderr, /^SOCKET \(--socket\): expected a new path, or a Unix socket; got ".*", which is neither\n$/);
    assert.equal(code, 2);
  }
  assert.equal(readFileSync(file, 'utf8'), 'content');
  assert.ok(existsSync(link));
});

test('a path in no folder is an error of the setting', async () => {
  const { code, stderr } = await failedStart(['--socket', join(folder, 'missing', 'service.sock')]);
  assert.match(stderr, /^SOCKET \(--socket\): expected a path in a folder that exists and is writable, got .*\n$/);
  assert.equal(code, 2);
});
