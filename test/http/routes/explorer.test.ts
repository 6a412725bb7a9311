import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { SECURITY_HEADERS } from '../../../src/http/plugins/security-headers.ts';
import { readSample } from '../../harness/read-sample.ts';
import { startTestService } from '../../helpers/service.ts';

const service = await startTestService();

const PAGES = { '/': 'explorer/main.js', '/live': 'explorer/live/live-page.js' };

for (const [path, main] of Object.entries(PAGES)) {
  test(`the service serves ${path} and everything that it loads`, () => expectWhole(path, main));
}

async function expectWhole(url: string, main: string): Promise<void> {
  const page = await service.http.get(url);
  assert.equal(page.status, 200);
  assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
  const loaded = [...page.text.matchAll(/(?:src|href)="(explorer\/[^"]+)"/g)].map((match) => match[1]!);
  assert.ok(loaded.length >= 4);
  for (const path of [...loaded, ...(await importsOf(main))]) {
    const { status, headers } = await service.http.get(`/${path}`);
    assert.equal(status, 200, path);
    const type = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml' };
    assert.equal(headers['content-type'], type[path.split('.').at(-1) as keyof typeof type], path);
  }
  // A link loads nothing until it is followed.
  const loading = page.text.replaceAll(/<a href="https:[^"]+">/g, '<a>');
  assert.doesNotMatch(loading, /https?:|\/\/[a-z]|<style|style=|<script>|\son[a-z]+=/);
  assert.match(page.text, /href="docs"/);
}

test("a page's policy allows its own files and this service alone", async () => {
  const { headers } = await service.http.get('/');
  const live = await service.http.get('/live');
  assert.equal(live.headers['content-security-policy'], headers['content-security-policy']);
  const policy = String(headers['content-security-policy']).split('; ');
  assert.equal(policy[0], "default-src 'none'");
  for (const rule of policy) assert.match(rule, /^[a-z-]+ ('none'|'self'|'script')$/);
  const { 'content-security-policy': _, ...others } = SECURITY_HEADERS;
  for (const [name, value] of Object.entries(others)) assert.equal(headers[name], value);
  // What is no page may load nothing.
  const asset = await service.http.get('/explorer/main.js');
  assert.equal(asset.headers['content-security-policy'], SECURITY_HEADERS['content-security-policy']);
});

test('browsers cache the files and revalidate them', async () => {
  for (const path of ['/', '/live', '/explorer/main.js', '/explorer/samples/coins-edges.safetensors']) {
    const first = await service.http.get(path);
    assert.equal(first.headers['cache-control'], 'no-cache');
    const again = await service.http.get(path).set('if-none-match', first.headers.etag!);
    assert.equal(again.status, 304);
    assert.equal(again.text, '');
    assert.equal((await service.http.get(path).set('if-none-match', '"another"')).status, 200);
    assert.equal((await service.http.head(path)).status, 200);
  }
});

test('If-None-Match may be a weak or a strong tag, a list, or *', async () => {
  for (const path of ['/', '/explorer/main.js', '/docs', '/openapi.json']) {
    const { headers } = await service.http.get(path);
    const etag = headers.etag!;
    assert.match(etag, /^W\/"/);
    for (const given of [etag, etag.slice(2), '*', `"another", ${etag}`, `W/"another",${etag.slice(2)} , "third"`]) {
      for (const method of ['get', 'head'] as const) {
        assert.equal((await service.http[method](path).set('if-none-match', given)).status, 304, `${path} ${given}`);
      }
    }
    for (const given of ['"another"', `"another", W/"third"`, etag.replaceAll('"', '')]) {
      assert.equal((await service.http.get(path).set('if-none-match', given)).status, 200, `${path} ${given}`);
    }
  }
});

test('the sample batches are served as they are', async () => {
  const names = readdirSync(new URL('../../../dist/explorer/samples', import.meta.url))
    .filter((name) => !name.endsWith('.js'))
    .sort();
  assert.deepEqual(names, [
    'breast-cancer.json',
    'coins-detection.json',
    'coins-edges.safetensors',
    'digits-longtail.json',
  ]);
  for (const name of names) {
    const response = await fetch(`${service.url}/explorer/samples/${name}`);
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), readSample(name));
  }
});

test('no other file is served', async () => {
  for (const path of [
    '/explorer/',
    '/explorer/index.html',
    '/explorer/live.html',
    '/live/',
    '/live.html',
    '/explorer/main.ts',
    '/explorer/../package.json',
    '/explorer/..%2fmain.js',
    '/explorer/%2e%2e/main.js',
    '/explorer/samples',
    '/explorer/__proto__',
  ]) {
    const { status, body } = await service.http.get(path);
    assert.equal(status, 404, path);
    assert.equal(body.code, 'not_found');
  }
  assert.equal((await service.http.post('/explorer/main.js')).status, 405);
});

test('a file is sent whole, whatever range or precondition a request has', async () => {
  for (const path of ['/explorer/main.js', '/', '/docs']) {
    const whole = await service.http.get(path).buffer(true);
    for (const headers of [{ range: 'bytes=99999999-' }, { range: 'bytes=0-9' }, { 'if-match': '"another"' }]) {
      const response = await service.http.get(path).set(headers).buffer(true);
      assert.equal(response.status, 200, path);
      assert.equal(response.text, whole.text);
    }
  }
});

/** Every module that this one imports, directly or indirectly. */
async function importsOf(path: string, found = new Set<string>()): Promise<Set<string>> {
  if (found.has(path)) return found;
  found.add(path);
  const { text } = await service.http.get(`/${path}`).buffer(true);
  for (const [, name] of text.matchAll(/from '(\.[^']+)'/g)) await importsOf(join(dirname(path), name!), found);
  return found;
}
