import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { mock, test } from 'node:test';
import { describeProcess } from '../helpers/core/describe-process.ts';
import { startTestService } from '../helpers/service.ts';

const onLinux = { skip: process.platform !== 'linux' && 'shared memory is supported on Linux' };

test('within a minute the service removes the region of a killed client, and counts it', onLinux, async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  const { http } = await startTestService('--shared-memory', 'on');
  const client = spawn('sleep', ['60']);
  await once(client, 'spawn');
  const { pid, startTime, namespace } = describeProcess(client.pid!);
  const name = `focal-loss-${pid}-${startTime}-${namespace}-0000000000000000`;
  writeFileSync(`/dev/shm/${name}`, Buffer.alloc(64), { mode: 0o600, flag: 'wx' });
  await http
    .post(`/v2/systemsharedmemory/region/${name}/register`)
    .send({ key: name, offset: 0, byte_size: 64 })
    .expect(200);

  const registered = async () => (await http.get('/v2/systemsharedmemory/status').expect(200)).body.length;
  mock.timers.tick(60_000);
  assert.equal(await registered(), 1);
  client.kill('SIGKILL');
  await once(client, 'exit');
  mock.timers.tick(60_000);
  assert.equal(await registered(), 0);
  assert.equal(existsSync(`/dev/shm/${name}`), false);
  const { text } = await http.get('/metrics').expect(200);
  assert.match(text, /^focal_loss_regions_abandoned_total 1$/m);
  mock.timers.reset();
});
