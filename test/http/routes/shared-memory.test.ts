import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedObject, skip } from '../../helpers/core/shared-object.ts';
import { regionCalls, startRegionService } from '../../helpers/http/region-service.ts';
import { startTestService } from '../../helpers/service.ts';

const service = await startRegionService();
const without = await startTestService();

test('GET /v2 lists the extension if it is on', { skip }, async () => {
  const extensionsOf = async ({ http }: Pick<typeof without, 'http'>) => (await http.get('/v2')).body.extensions;
  const others = ['binary_tensor_data', 'statistics', 'model_configuration', 'model_repository'];
  assert.deepEqual(await extensionsOf(without), others);
  assert.deepEqual(await extensionsOf(service), [...others, 'system_shared_memory']);
});

test('regions are registered, listed and unregistered', { skip }, async () => {
  const { key } = new SharedObject(64);
  assert.deepEqual(await service.register('a/ä', { key, offset: 8, byte_size: 16 }), { status: 200, body: undefined });
  assert.deepEqual(await service.register('b', { key: `/${key}`, byte_size: 64 }), { status: 200, body: undefined });
  const a = { name: 'a/ä', key, offset: 8, byte_size: 16 };
  const b = { name: 'b', key: `/${key}`, offset: 0, byte_size: 64 };
  assert.deepEqual(await service.status(), { status: 200, body: [a, b] });
  assert.deepEqual(await service.status('a/ä'), { status: 200, body: [a] });
  const { status, body } = await service.register('b', { key, byte_size: 8 });
  assert.deepEqual([status, body.error], [400, "shared memory region 'b' already in manager; unregister it first"]);
  assert.equal((await service.unregister('b')).status, 200);
  assert.equal((await service.unregister('b')).status, 200);
  const gone = await service.status('b');
  assert.deepEqual([gone.status, gone.body.error], [404, "Unable to find system shared memory region: 'b'"]);
  assert.equal((await service.unregister()).status, 200);
  assert.deepEqual((await service.status()).body, []);
});

test('a service that is closed has no region open', { skip }, async () => {
  const { key } = new SharedObject(64);
  // Nothing unregisters it. `buildTestApp` sees that it is not open when the service has been closed, after this test.
  const { register } = await startRegionService();
  assert.equal((await register('left', { key, byte_size: 8 })).status, 200);
});

test('registrations that are wrong are rejected, each with what was expected', { skip }, async () => {
  const { key } = new SharedObject(64);
  for (const [place, message] of [
    [{ byte_size: 8 }, /^\/key: expected (this field|a string)/],
    [{ key }, /^\/byte_size: expected (this field|a number)/],
    [{ key: 7, byte_size: 8 }, /^\/key: expected a string, got 7$/],
    [{ key, byte_size: 0 }, /^\/byte_size: expected a number ≥ 1, got 0$/],
    [{ key, byte_size: -1 }, /^\/byte_size: expected a number ≥ 1, got -1$/],
    [{ key, byte_size: 1.5 }, /^\/byte_size: expected an integer, got 1.5$/],
    [{ key, byte_size: '8' }, /^\/byte_size: expected a number, got "8"; send a number: 8 without quotes$/],
    [{ key, byte_size: 65 }, /^\/byte_size: expected an offset and a byte_size that end within the 64 bytes/],
    [{ key, offset: -1, byte_size: 8 }, /^\/offset: expected a number ≥ 0, got -1$/],
    [{ key, offset: 0.5, byte_size: 8 }, /^\/offset: expected an integer, got 0.5$/],
    [{ key, offset: null, byte_size: 8 }, /^\/offset: expected a number, got null$/],
    [{ key, offset: 2 ** 53, byte_size: 8 }, /^\/offset: expected/],
    [{ key, offset: 64, byte_size: 8 }, /^\/byte_size: expected an offset and a byte_size that end within/],
    [{ key: '../etc/passwd', byte_size: 8 }, /^\/key: expected the name of a shared memory object/],
    [{ key: `/dev/shm/${key}`, byte_size: 8 }, /^\/key: expected the name of a shared memory object/],
    [{ key, byte_size: 8, size: 8 }, /^\/size: unknown field "size"/],
  ] as const) {
    const { status, body } = await service.register('r', place);
    assert.equal(status, 400, JSON.stringify(body));
    assert.match(body.error, message);
  }
  const post = (body: string) =>
    fetch(`${service.url}/v2/systemsharedmemory/region/r/register`, { method: 'POST', body });
  for (const [body, status] of [
    ['', 400],
    ['[]', 400],
    [`{"key":"${key}","byte_size":NaN}`, 400],
    [`{"key":"${key}","key":"${key}","byte_size":8}`, 400],
    [`{"key":"${'k'.repeat(5000)}","byte_size":8}`, 413],
    ['['.repeat(4000), 400],
  ] as const) {
    assert.equal((await post(body)).status, status, body.slice(0, 60));
  }
  assert.deepEqual((await service.status()).body, []);
});

test('long names of regions are rejected, as long as the path can be read at all', { skip }, async () => {
  const { key } = new SharedObject(64);
  assert.equal((await service.register('n'.repeat(255), { key, byte_size: 8 })).status, 200);
  const { status, body } = await service.register('n'.repeat(256), { key, byte_size: 8 });
  assert.equal(status, 400);
  assert.match(body.error, /^expected a region name of 1 to 255 bytes, got 256$/);
  assert.equal((await service.register('n'.repeat(10_000), { key, byte_size: 8 })).status, 400);
  const tooLong = await service.register('n'.repeat(2 ** 20), { key, byte_size: 8 }).then(
    (reply) => reply.status,
    () => 'closed',
  );
  assert.ok(tooLong === 431 || tooLong === 'closed', String(tooLong));
  const malformed = await service.http.get('/v2/systemsharedmemory/region/%ff/status');
  assert.ok(malformed.status === 400 || malformed.status === 404);
  await service.unregister();
});

test('CUDA shared memory is as in a Triton without GPUs', { skip }, async () => {
  const { http } = service;
  assert.deepEqual((await http.get('/v2/cudasharedmemory/status')).body, []);
  const status = await http.get('/v2/cudasharedmemory/region/x/status');
  assert.deepEqual([status.status, status.body.error], [404, "Unable to find cuda shared memory region: 'x'"]);
  const register = await http.post('/v2/cudasharedmemory/region/x/register').send({ raw_handle: {}, byte_size: 8 });
  const words = "failed to register CUDA shared memory region: 'x', GPUs not supported";
  assert.deepEqual([register.status, register.body.error], [400, words]);
  assert.equal((await http.post('/v2/cudasharedmemory/unregister')).status, 200);
  assert.equal((await http.post('/v2/cudasharedmemory/region/x/unregister')).status, 200);
});

test('every route says that shared memory is off, and how to turn it on', async () => {
  const calls = regionCalls(without.url);
  const replies = [
    await calls.status(),
    await calls.status('r'),
    await calls.register('r', { key: 'k', byte_size: 8 }),
    await calls.unregister('r'),
    await calls.unregister(),
  ];
  for (const action of ['status', 'region/x/status']) {
    replies.push(await without.http.get(`/v2/cudasharedmemory/${action}`));
  }
  for (const action of ['unregister', 'region/x/register', 'region/x/unregister']) {
    replies.push(await without.http.post(`/v2/cudasharedmemory/${action}`));
  }
  for (const { status, body } of replies) {
    assert.equal(status, 400);
    assert.match(body.error, /^Client shared memory is disabled\. Start the service with SHARED_MEMORY=on /);
  }
});

test('with API keys, every route needs one', async () => {
  const closed = await startTestService('--shared-memory', 'on', '--api-keys', 'secret');
  const calls = regionCalls(closed.url);
  for (const call of [calls.status(), calls.register('r', { key: 'k', byte_size: 8 }), calls.unregister()]) {
    assert.equal((await call).status, 401);
  }
});
