import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGE_POLICY } from '../../../src/http/plugins/page-policy.ts';
import { SECURITY_HEADERS } from '../../../src/http/plugins/security-headers.ts';
import { startTestService } from '../../helpers/service.ts';

const service = await startTestService();

test('every response has the security headers, also an error', async () => {
  const responses = await Promise.all([
    service.http.get('/health/live'),
    service.http.get('/openapi.json'),
    service.http.get('/v1/engine'),
    service.http.get('/v1/nothing'),
    service.http.get('/%'),
    service.http.get('/explorer/main.js'),
    service.http.post('/v1/focal-loss').send({ logits: [1], labels: [1] }),
    service.http.post('/v1/focal-loss').send({ logits: [1] }),
    service.http.post('/v1/focal-loss').set('content-type', 'text/csv').send('1'),
  ]);
  for (const { headers, request } of responses) {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) assert.equal(headers[name], value, request.url);
    assert.ok(headers['x-request-id']);
    assert.equal(headers['access-control-allow-origin'], undefined);
    assert.equal(headers['x-powered-by'], undefined);
    assert.equal(headers.server, undefined);
  }
});

test('the pages have a content security policy of their own, and the other security headers', async () => {
  const { 'content-security-policy': _, ...others } = SECURITY_HEADERS;
  assert.doesNotMatch(PAGE_POLICY, /unsafe|\*|https?:/);
  for (const path of ['/docs', '/']) {
    const { headers } = await service.http.get(path);
    assert.equal(headers['content-security-policy'], PAGE_POLICY);
    for (const [name, value] of Object.entries(others)) assert.equal(headers[name], value, path);
  }
});

test('a page of another site can not make a browser post a batch', async () => {
  const preflight = await service.http
    .options('/v1/focal-loss')
    .set({ origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' });
  assert.equal(preflight.status, 405);
  assert.equal(preflight.headers['access-control-allow-origin'], undefined);
  // Types that need no preflight are not accepted for batches.
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const simple = await service.http
      .post('/v1/focal-loss')
      .set('content-type', type)
      .send('{"logits":[1],"labels":[1]}');
    assert.equal(simple.status, 415);
  }
});
