import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../helpers/http/send.ts';
import { startTestService } from '../../helpers/service.ts';

const service = await startTestService();
const { host } = new URL(service.url);
const BATCH = JSON.stringify({ logits: [1], labels: [1] });
const INFERENCE = JSON.stringify({
  inputs: [
    { name: 'logits', datatype: 'FP32', shape: [1], data: [1] },
    { name: 'labels', datatype: 'INT64', shape: [1], data: [1] },
  ],
});
const ROUTES: [string, string][] = [
  ['/v1/focal-loss', BATCH],
  ['/v1/focal-loss/sweep', JSON.stringify({ logits: [1], labels: [1], gammas: [2] })],
  ['/v2/models/focal-loss/infer', INFERENCE],
  ['/v2/models/focal-loss/versions/1/infer', INFERENCE],
];
/** What browsers add to a request of another site's page. */
const FOREIGN: Record<string, string>[] = [
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' }, // Another port of the same machine.
  { 'sec-fetch-site': 'cross-site', origin: `http://${host}` },
  { origin: 'https://elsewhere.example' },
  { origin: `http://${host}0` },
  { origin: 'null' }, // A page in a sandbox, or a file.
];
/** What this service's own pages, and clients that are no browser, send. */
const OWN: Record<string, string>[] = [
  {},
  { origin: `http://${host}` },
  { 'sec-fetch-site': 'same-origin', origin: `http://${host}` },
  { 'sec-fetch-site': 'same-origin', origin: 'https://behind-a-proxy.example' },
  { 'sec-fetch-site': 'none' },
  { 'sec-fetch-mode': 'cors' }, // Node's fetch.
];

async function post(url: string, [path, body]: [string, string], headers: Record<string, string>) {
  const { status, code } = await send(url, path, { 'content-type': 'application/json', ...headers }, body).response;
  return { status, code };
}

test("without keys, what a browser posts for another site's page is rejected; other clients are not", async () => {
  for (const route of ROUTES) {
    for (const headers of FOREIGN) {
      const rejected = await post(service.url, route, headers);
      assert.deepEqual(rejected, { status: 403, code: 'cross_site_request' }, JSON.stringify(headers));
    }
    for (const headers of OWN) {
      assert.equal((await post(service.url, route, headers)).status, 200, JSON.stringify(headers));
    }
  }
});

test('a form, to which browsers let any page post, is rejected, and curl -d with the same type is not', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const infer: [string, string] = ['/v2/models/focal-loss/infer', INFERENCE];
  assert.equal((await post(service.url, infer, { ...form, origin: 'null' })).status, 403);
  assert.equal((await post(service.url, infer, form)).status, 200);
});

test('a link to a page of this service works from anywhere', async () => {
  for (const headers of FOREIGN) {
    assert.equal((await service.http.get('/').set(headers)).status, 200);
  }
});

test('with keys, which a foreign page does not have, a proxy may let pages of its choice in', async () => {
  const closed = await startTestService('--api-keys', 'key');
  for (const headers of FOREIGN) {
    assert.equal((await post(closed.url, ROUTES[0]!, { ...headers, 'x-api-key': 'key' })).status, 200);
    assert.equal((await post(closed.url, ROUTES[0]!, headers)).status, 401);
  }
});
