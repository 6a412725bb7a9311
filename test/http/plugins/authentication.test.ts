import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiKeys } from '../../../src/http/plugins/authentication.ts';
import { startTestService } from '../../helpers/service.ts';

const service = await startTestService('--api-keys', 'first-key, second-key');
const batch = { logits: [1], labels: [1] };

const post = (headers: Record<string, string>) => service.http.post('/v1/focal-loss').set(headers).send(batch);

test('any of the keys is accepted, in either header', async () => {
  for (const headers of [
    { authorization: 'Bearer first-key' },
    { authorization: 'bearer  second-key' },
    { 'x-api-key': 'first-key' },
    { 'x-api-key': 'second-key', authorization: 'Basic dXNlcjpwYXNz' },
    { 'x-api-key': 'second-key', authorization: 'Bearer of-a-proxy' },
  ] as Record<string, string>[]) {
    assert.equal((await post(headers)).status, 200, JSON.stringify(headers));
  }
});

test('a request without a key is rejected, and the problem says how to send one', async () => {
  for (const headers of [{}, { authorization: 'Basic Zmlyc3Qta2V5' }, { authorization: 'first-key' }] as Record<
    string,
    string
  >[]) {
    const { status, body, headers: responseHeaders } = await post(headers);
    assert.deepEqual([status, body.code], [401, 'unauthorized']);
    assert.equal(responseHeaders['www-authenticate'], 'Bearer');
    assert.match(responseHeaders['content-type'] ?? '', /^application\/problem\+json/);
    assert.match(body.detail, /"Authorization: Bearer KEY" or "X-API-Key: KEY"; got none$/);
  }
});

test('an invalid key is rejected, and not repeated', async () => {
  for (const key of ['wrong-key', 'first-ke', 'first-keyy', 'FIRST-KEY', 'first-key, second-key', '']) {
    const { status, body, text, headers } = await post({ 'x-api-key': key });
    assert.deepEqual([status, body.code], [401, 'unauthorized'], key);
    assert.equal(headers['www-authenticate'], 'Bearer error="invalid_token"');
    assert.match(body.detail, /got an invalid one$/);
    if (key !== '') assert.ok(!text.includes(key));
  }
});

test('probes and documentation are public; every other path needs a key, however it is spelled', async () => {
  const open = [
    '/',
    '/live',
    '/explorer/main.js',
    '/explorer/samples/breast-cancer.json',
    '/health/live',
    '/health/ready',
    '/v2/health/live',
    '/v2/health/ready',
    '/v2/models/focal-loss/ready',
    '/v2/models/focal-loss/versions/1/ready',
    '/openapi.json',
    '/openapi.yaml',
    '/openapi-3.0.json',
    '/docs',
    '/explorer/api-reference/main.js',
  ];
  for (const path of open) assert.equal((await service.http.get(path)).status, 200, path);

  const closed = [
    '/v1/engine',
    '/v1/focal-loss',
    '/v1/focal-loss/sweep',
    '/metrics',
    '/v2',
    '/v2/models/focal-loss',
    '/v2/models/focal-loss/stats',
    '/v2/models/focal-loss/config',
    '/v2/repository/index',
    '/v2/repository/models/focal-loss/load',
    '/no-such-path',
    '/health/live/../../v1/engine',
    '/health/live/',
    '//health/live',
    '/v1/engine?x=/health/live',
    '/v1/%65ngine',
  ];
  for (const path of closed) {
    for (const method of ['get', 'head', 'post', 'options'] as const) {
      assert.equal((await service.http[method](path)).status, 401, `${method} ${path}`);
    }
  }
  assert.equal((await service.http.get('/v1/engine').set('x-api-key', 'first-key')).status, 200);
});

test('the docs page and its files load without a key', async () => {
  const page = await service.http.get('/docs');
  const loaded = [...page.text.matchAll(/(?:src|href)="([^"#]+)"/g)].map(
    ([, link]) => new URL(link!, 'http://x/docs').pathname,
  );
  assert.ok(loaded.length >= 4);
  for (const path of loaded) assert.equal((await service.http.get(path)).status, 200, path);
});

test('a method override or a forwarded path does not replace a key', async () => {
  const headers = {
    'x-http-method-override': 'GET',
    'x-original-url': '/health/live',
    'x-forwarded-uri': '/health/live',
  };
  assert.equal((await post(headers)).status, 401);
});

test('the key is checked before the content type', async () => {
  const { status } = await service.http.post('/v1/focal-loss').set('content-type', 'text/csv').send('no batch');
  assert.equal(status, 401);
});

test('without keys in the settings, none is required, and any is ignored', async () => {
  const keys = new ApiKeys([]);
  assert.equal(keys.required, false);
  const open = await startTestService();
  const { status } = await open.http.post('/v1/focal-loss').set('authorization', 'Bearer anything').send(batch);
  assert.equal(status, 200);
});
