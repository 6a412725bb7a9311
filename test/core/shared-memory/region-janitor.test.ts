import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { findSharedMemory } from '../../../src/core/shared-memory/open-region.ts';
import { RegionJanitor } from '../../../src/core/shared-memory/region-janitor.ts';
import type { RegionOwner } from '../../../src/core/shared-memory/region-owner.ts';
import { RegionStore } from '../../../src/core/shared-memory/region-store.ts';
import { describeProcess } from '../../helpers/core/describe-process.ts';

const onLinux = { skip: process.platform !== 'linux' && 'shared memory is supported on Linux' };
const HOUR_MS = 3_600_000;
const BYTES = 64;

const files: string[] = [];
const children: ChildProcess[] = [];
let store: RegionStore;
let janitor: RegionJanitor;
let removed: string[];

beforeEach(() => {
  if (process.platform !== 'linux') return;
  store = new RegionStore(findSharedMemory());
  removed = [];
  janitor = new RegionJanitor(store, ({ key }) => removed.push(key));
});

after(() => {
  for (const file of files) rmSync(file, { force: true });
  for (const child of children) child.kill('SIGKILL');
});

test('the region of a killed process is removed, with its file', onLinux, async () => {
  const { owner, kill } = await startProcess();
  const key = createFile(keyOf(owner));
  register(key);
  janitor.sweep();
  assert.deepEqual([store.count, removed], [1, []]);

  await kill();
  janitor.sweep();
  assert.deepEqual([store.count, store.openCount, removed, janitor.removed], [0, 0, [key], 1]);
  assert.equal(existsSync(pathOf(key)), false);
});

test('files that are not registered, and keys of another form, are left alone', onLinux, async () => {
  const { owner, kill } = await startProcess();
  const unregistered = createFile(keyOf(owner));
  const other = createFile(`focal-loss-janitor-test-${owner.pid}`);
  register(other);
  await kill();
  janitor.sweep(performance.now() + 10 * HOUR_MS);
  assert.deepEqual([store.count, removed], [1, []]);
  assert.ok(existsSync(pathOf(unregistered)) && existsSync(pathOf(other)));
});

test('a file that has taken the name of a region is left alone', onLinux, async () => {
  const { owner, kill } = await startProcess();
  const key = createFile(keyOf(owner));
  register(key);
  const other = createFile(`focal-loss-janitor-test-${owner.pid}-other`);
  renameSync(pathOf(other), pathOf(key));
  await kill();
  janitor.sweep();
  assert.deepEqual([store.count, removed], [0, [key]]);
  assert.ok(existsSync(pathOf(key)));
});

test('a region that is in use stays open until its last use has ended', onLinux, async () => {
  const { owner, kill } = await startProcess();
  register(createFile(keyOf(owner)));
  const hold = store.hold();
  await kill();
  janitor.sweep();
  assert.deepEqual([store.count, store.openCount], [0, 1]);
  hold.release();
  assert.equal(store.openCount, 0);
});

test('a region of another PID namespace is removed after an hour without use', onLinux, async () => {
  const key = createFile(keyOf({ ...describeProcess(process.pid), namespace: '1' }));
  register(key);
  const registeredAt = store.usedAt(key)!;
  janitor.sweep(registeredAt + HOUR_MS);
  assert.equal(store.count, 1);

  await new Promise((resolve) => setTimeout(resolve, 5));
  const hold = store.hold();
  hold.keepOnly([key]);
  hold.release();
  assert.ok(store.usedAt(key)! > registeredAt);
  janitor.sweep(registeredAt + HOUR_MS + 1);
  assert.equal(store.count, 1);
  janitor.sweep(store.usedAt(key)! + HOUR_MS + 1);
  assert.deepEqual([store.count, existsSync(pathOf(key))], [0, false]);
});

test('the region of a running process stays, however long it is not used', onLinux, () => {
  register(createFile(keyOf(describeProcess(process.pid))));
  janitor.sweep(performance.now() + 10 * HOUR_MS);
  assert.equal(store.count, 1);
});

test('it sweeps every minute until it is stopped', onLinux, async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { owner, kill } = await startProcess();
  register(createFile(keyOf(owner)));
  await kill();
  janitor.start();
  t.mock.timers.tick(59_999);
  assert.equal(store.count, 1);
  t.mock.timers.tick(1);
  assert.equal(store.count, 0);

  const key = createFile(keyOf(owner));
  register(key);
  janitor.stop();
  t.mock.timers.tick(120_000);
  assert.equal(store.count, 1);
});

async function startProcess(): Promise<{ owner: RegionOwner; kill: () => Promise<void> }> {
  const child = spawn('sleep', ['60']);
  children.push(child);
  await once(child, 'spawn');
  const kill = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { owner: describeProcess(child.pid!), kill };
}

function keyOf({ pid, startTime, namespace }: RegionOwner): string {
  const random = (files.length + 2 ** 40).toString(16).padStart(16, '0');
  return `focal-loss-${pid}-${startTime}-${namespace}-${random}`;
}

function createFile(key: string): string {
  files.push(pathOf(key));
  writeFileSync(pathOf(key), Buffer.alloc(BYTES), { mode: 0o600, flag: 'wx' });
  return key;
}

function register(key: string): void {
  store.register(key, { key, offset: 0, byteSize: BYTES });
}

function pathOf(key: string): string {
  return join('/dev/shm', key);
}
