import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { findOwner, ownerOf } from '../../../src/core/shared-memory/region-owner.ts';
import { describeProcess } from '../../helpers/core/describe-process.ts';

const RANDOM = '0123456789abcdef';

test('the key of a region of the Python client names its process', () => {
  const owner = { pid: 12, startTime: '345', namespace: '4026531836' };
  assert.deepEqual(ownerOf(`focal-loss-12-345-4026531836-${RANDOM}`), owner);
  assert.deepEqual(ownerOf(`/focal-loss-12-345-4026531836-${RANDOM}`), owner);
});

for (const key of [
  'psm_0123456789',
  'focal-loss-12-345-4026531836',
  `focal-loss-0-345-4026531836-${RANDOM}`,
  `focal-loss--12-345-4026531836-${RANDOM}`,
  `focal-loss-12345678901-345-4026531836-${RANDOM}`,
  `focal-loss-12-345-4026531836-${RANDOM}0`,
  `focal-loss-12-345-4026531836-${RANDOM.toUpperCase()}`,
  `//focal-loss-12-345-4026531836-${RANDOM}`,
  `a-focal-loss-12-345-4026531836-${RANDOM}`,
  `focal-loss-12-345-4026531836-${RANDOM}\n`,
]) {
  test(`the key ${JSON.stringify(key)} names no process`, () => assert.equal(ownerOf(key), undefined));
}

const onLinux = { skip: process.platform !== 'linux' && 'shared memory is supported on Linux' };

test('a process is gone once it was killed, but not while it runs', onLinux, async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(child, 'spawn');
  const owner = describeProcess(child.pid!);
  assert.equal(findOwner(owner), 'running');
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(findOwner(owner), 'gone');
});

test('another process with the same id is not the owner', onLinux, () => {
  const owner = describeProcess(process.pid);
  assert.equal(findOwner(owner), 'running');
  assert.equal(findOwner({ ...owner, startTime: `${Number(owner.startTime) + 1}` }), 'gone');
});

test('a process that nobody has waited for is gone', onLinux, async () => {
  // The shell becomes a program that does not wait for the child that it has inherited, before the child ends.
  const parent = spawn('sh', ['-c', 'sleep 1 & echo $!; exec sleep 60']);
  const [output] = await once(parent.stdout, 'data');
  const pid = Number(String(output));
  const zombie = await waitFor(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return / Z /.test(stat) ? describeProcess(pid) : undefined;
  });
  assert.equal(findOwner(zombie), 'gone');
  parent.kill('SIGKILL');
});

test('a process of another PID namespace is not known to be gone', onLinux, () => {
  assert.equal(findOwner({ pid: 2 ** 31, startTime: '1', namespace: '1' }), 'unseen');
});

async function waitFor<Value>(look: () => Value | undefined): Promise<Value> {
  for (;;) {
    const value = look();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
