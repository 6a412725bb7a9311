import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { ServiceError } from '../../../src/core/service-error.ts';
import { mayReadAndWrite } from '../../../src/core/shared-memory/file-permissions.ts';
import { findSharedMemory } from '../../../src/core/shared-memory/open-region.ts';
import { RegionStore } from '../../../src/core/shared-memory/region-store.ts';
import { DIRECTORY, freshKey, SharedObject, skip } from '../../helpers/core/shared-object.ts';

const newStore = () => new RegionStore(findSharedMemory());
const rejection =
  (message: RegExp, code = 'invalid_request') =>
  (error: unknown) => {
    assert.ok(error instanceof ServiceError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };
const place = (key: string, offset = 0, byteSize = 8) => ({ key, offset, byteSize });

test('a region is registered by its key, with a slash or without, found, listed and unregistered', { skip }, () => {
  const store = newStore();
  const { key } = new SharedObject(64);
  store.register('a', place(key, 8, 56));
  store.register('b', place(`/${key}`, 0, 64));
  const { fd, inode, ...region } = store.find('a');
  assert.deepEqual(region, { name: 'a', key, offset: 8, byteSize: 56 });
  assert.equal(store.find('b').inode, inode);
  assert.deepEqual(
    store.list().map(({ name }) => name),
    ['a', 'b'],
  );
  assert.throws(
    () => store.register('a', place(key)),
    rejection(/^shared memory region 'a' already in manager; unregister it first$/),
  );
  assert.equal(store.unregister('a'), true);
  assert.equal(store.unregister('a'), false);
  assert.throws(() => store.find('a'), rejection(/^Unable to find system shared memory region: 'a'$/, 'not_found'));
  assert.equal(store.unregisterAll(), 1);
  assert.deepEqual([store.count, store.openCount], [0, 0]);
});

test('keys that lead elsewhere are rejected', { skip }, () => {
  const store = newStore();
  const { key } = new SharedObject(64);
  const wrong = ['', '/', '.', '..', '/..', `//${key}`, `./${key}`, `../shm/${key}`, `/dev/shm/${key}`, `${key}/`];
  for (const wrongKey of [...wrong, `${key}\0`, 'k'.repeat(256), '漢'.repeat(86)]) {
    assert.throws(
      () => store.register('r', place(wrongKey)),
      rejection(/^\/key: expected the name of a shared memory/),
    );
  }
  assert.throws(
    () => store.register('r', place(freshKey())),
    rejection(/that the service can open, got ENOENT \(no such file or directory\)$/),
  );
  assert.equal(store.openCount, 0);
});

test('a file that is rejected is closed again', { skip }, () => {
  const store = newStore();
  const object = new SharedObject(64);
  const openFiles = () => readdirSync('/proc/self/fd').length;
  const before = openFiles();
  for (let i = 0; i < 3; i++) {
    assert.throws(() => store.register('r', place(object.key, 0, 65)), { code: 'invalid_request' });
  }
  assert.equal(openFiles(), before);
});

test('only regular files of the same file system are opened, and none through a link', { skip }, async () => {
  const store = newStore();
  const target = new SharedObject(64);
  const [link, fifo, folder, socket] = [freshKey(), freshKey(), freshKey(), freshKey()];
  symlinkSync(target.path, `${DIRECTORY}/${link}`);
  execFileSync('mkfifo', [`${DIRECTORY}/${fifo}`]);
  mkdirSync(`${DIRECTORY}/${folder}`);
  const server = createServer().listen(`${DIRECTORY}/${socket}`);
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    assert.throws(() => store.register('r', place(link)), rejection(/that the service can open, got ELOOP \(.+\)$/));
    assert.throws(() => store.register('r', place(fifo)), rejection(/that is a regular file in shared memory$/));
    assert.throws(() => store.register('r', place(folder)), rejection(/that the service can open, got EISDIR \(.+\)$/));
    assert.throws(() => store.register('r', place(socket)), rejection(/that the service can open, got ENXIO \(.+\)$/));
    const elsewhere = new RegionStore({ ...findSharedMemory(), device: -1 });
    assert.throws(
      () => elsewhere.register('r', place(target.key)),
      rejection(/that is a regular file in shared memory$/),
    );
  } finally {
    server.close();
  }
  assert.equal(store.openCount, 0);
});

test('the mode has to permit the user of the service to read and write, also if that is root', { skip }, () => {
  const store = newStore();
  const object = new SharedObject(64);
  // Others than the owner may: that is not the user of the service.
  for (const mode of [0o000, 0o066, 0o400, 0o200, 0o466]) {
    object.setMode(mode);
    assert.throws(
      () => store.register('r', place(object.key)),
      rejection(/service's own user|\(EACCES\)/),
      mode.toString(8),
    );
  }
  object.setMode(0o600);
  store.register('r', place(object.key));
  store.unregisterAll();
});

test('the mode counts for the owner, else for its group, else for all', () => {
  const user = { uid: 0, gids: [0, 50] };
  const may = (uid: number, gid: number, mode: number) => mayReadAndWrite({ uid, gid, mode: 0o100_000 + mode }, user);
  assert.equal(may(7, 7, 0o660), false);
  assert.equal(may(7, 7, 0o600), false);
  assert.equal(may(7, 7, 0o664), false);
  assert.equal(may(7, 7, 0o006), true);
  assert.equal(may(7, 50, 0o660), true);
  assert.equal(may(7, 50, 0o606), false);
  assert.equal(may(0, 50, 0o066), false);
  assert.equal(may(0, 7, 0o600), true);
});

test('a region has to end within its object', { skip }, () => {
  const store = newStore();
  const { key } = new SharedObject(64);
  for (const [offset, byteSize] of [
    [0, 65],
    [64, 1],
    [63, 2],
    [2 ** 53 - 1, 2 ** 53 - 1],
    [1, Number.MAX_SAFE_INTEGER],
  ]) {
    const message = /^\/byte_size: expected an offset and a byte_size that end within the 64 bytes of "/;
    assert.throws(() => store.register('r', place(key, offset, byteSize)), rejection(message));
  }
  assert.equal(store.openCount, 0);
});

test('there are at most 256 regions, with names of up to 255 bytes', { skip }, () => {
  const store = newStore();
  const { key } = new SharedObject(64);
  for (let i = 0; i < 256; i++) store.register(String(i).padStart(255, '.'), place(key));
  assert.throws(() => store.register('one more', place(key)), rejection(/^expected at most 256 regions/));
  store.unregister('0'.padStart(255, '.'));
  store.register('one more', place(key));
  store.unregisterAll();
  for (const name of ['', 'n'.repeat(256), '漢'.repeat(86)]) {
    assert.throws(() => store.register(name, place(key)), rejection(/^expected a region name of 1 to 255 bytes, got/));
  }
  assert.equal(store.openCount, 0);
});

const isOpen = (fd: number) =>
  existsSync(`/proc/self/fd/${fd}`) && readlinkSync(`/proc/self/fd/${fd}`).includes('focal');

test('a region that is unregistered stays open until the last request that uses it has ended', { skip }, () => {
  const store = newStore();
  const { key } = new SharedObject(64);
  store.register('a', place(key));
  store.register('b', place(key));
  const [first, second] = [store.hold(), store.hold()];
  const { fd } = first.regions.get('a')!;
  first.keepOnly(['a']);
  store.unregisterAll();
  assert.deepEqual([store.count, store.openCount], [0, 2]);
  second.keepOnly(['a', 'unknown']);
  assert.equal(store.openCount, 1);
  store.register('a', place(key));
  second.release();
  second.release();
  assert.ok(isOpen(fd));
  first.release();
  assert.ok(!isOpen(fd));
  assert.deepEqual([store.count, store.openCount], [1, 1]);
  store.unregisterAll();
});

test('regions that are still in use count', { skip }, () => {
  const store = newStore();
  const { key } = new SharedObject(64);
  const holds = Array.from({ length: 256 }, (_, i) => {
    store.register('r', place(key));
    const hold = store.hold();
    store.unregister('r');
    assert.equal(store.openCount, i + 1);
    return hold;
  });
  assert.throws(() => store.register('r', place(key)), rejection(/^expected at most 256 regions/));
  for (const hold of holds) hold.release();
  assert.equal(store.openCount, 0);
});

test('a system without shared memory is named as the reason', () => {
  for (const path of ['/nowhere/shm', import.meta.filename]) {
    assert.throws(() => findSharedMemory(path), {
      name: 'SettingsError',
      message: `SHARED_MEMORY (--shared-memory): expected off on a system without the directory ${path}, got on`,
    });
  }
});
