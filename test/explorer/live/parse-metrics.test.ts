import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMetrics } from '../../../src/explorer/live/parse-metrics.ts';
import { readSnapshot, STAGES } from '../../../src/explorer/live/snapshot.ts';
import { startTestService } from '../../helpers/service.ts';

const service = await startTestService();

test("the service's own metrics are read, and only requests that are no page, probe or scrape count", async () => {
  await service.http.post('/v1/focal-loss').send({ logits: [2, -1, 0.5], labels: [1, 0, 1] });
  await service.http.post('/v1/focal-loss').send({ logits: [1], labels: [7] });
  for (const path of [
    '/',
    '/live',
    '/explorer/main.js',
    '/health/live',
    '/v2/health/ready',
    '/docs/',
    '/openapi.json',
  ]) {
    await service.http.get(path);
  }
  const { text } = await service.http.get('/metrics').buffer(true);
  const metrics = parseMetrics(text)!;
  // Every sample of the text is there.
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  assert.equal(
    [...metrics.values()].reduce((sum, samples) => sum + samples.length, 0),
    lines.length,
  );
  // However many files the pages load, they add one route to each scrape.
  const routes = metrics.get('focal_loss_http_requests_total')!.map(({ labels }) => labels.route);
  assert.deepEqual(
    routes.filter((route) => route?.startsWith('/explorer')),
    ['/explorer/*'],
  );
  const snapshot = readSnapshot(metrics, 1000)!;
  assert.deepEqual(
    [...snapshot.requests.values()].map(({ method, route, status, count }) => [method, route, status, count]),
    [
      ['POST', '/v1/focal-loss', '200', 1],
      ['POST', '/v1/focal-loss', '422', 1],
    ],
  );
  assert.equal(snapshot.elements, 3);
  assert.equal(snapshot.batches, 1);
  assert.equal(snapshot.engine, 'wasm');
  assert.equal(snapshot.ready, true);
  assert.equal(snapshot.inFlight, 0);
  assert.equal(snapshot.problems.get('invalid_request'), 1);
  assert.ok(snapshot.startTime > 1.6e9 && snapshot.memoryBudget > 0 && snapshot.queueLimit > 0);
  for (const stage of STAGES) assert.equal(snapshot.stages[stage].get(Number.POSITIVE_INFINITY), 1, stage);
});

test('stages and bounds that the page does not know are left out', async () => {
  const { text } = await service.http.get('/metrics').buffer(true);
  const bucket = (labels: string) => `focal_loss_batch_stage_duration_seconds_bucket{${labels}} 7\n`;
  const added = bucket('stage="other",le="1"') + bucket('stage="queue",le="x"') + bucket('stage="queue",le="1234"');
  const stagesOf = (metrics: string) => readSnapshot(parseMetrics(metrics)!, 0)!.stages;
  const [before, after] = [stagesOf(text), stagesOf(text + added)];
  assert.deepEqual(after, { ...before, queue: new Map([...before.queue, [1234, 7]]) });
});

test('labels may have commas, braces, quotes and line breaks in them', () => {
  const metrics = parseMetrics(
    'm{a="x,}{=\\"\\\\\\n", b = "é" ,} 1.5e3 1700000000000\nm{} 2\r\nm 3\nn{le="+Inf"} +Inf\n',
  );
  assert.deepEqual(
    metrics?.get('m')?.map(({ labels, value }) => [{ ...labels }, value]),
    [
      [{ a: 'x,}{="\\\n', b: 'é' }, 1500],
      [{}, 2],
      [{}, 3],
    ],
  );
  assert.equal(metrics?.get('n')?.[0]?.value, Number.POSITIVE_INFINITY);
});

test('lines that are not of the format are left out', () => {
  const wrong = [
    'm{a="1" b="2"} 1',
    'm{a="1"',
    'm{a="1} 2',
    'm',
    'm x',
    '{a="1"} 1',
    'm{a=1} 1',
    ' 1',
    'm 1 2 3',
    '<p>1',
  ];
  const metrics = parseMetrics(['ok 1', ...wrong].join('\n'));
  assert.deepEqual([...metrics!.keys()], ['ok']);
  assert.equal(parseMetrics('<!doctype html>\n<title>502 Bad Gateway</title>\n'), null);
  assert.equal(parseMetrics(''), null);
  assert.equal(readSnapshot(parseMetrics('up 1\n')!, 0), null);
});

test('a label of any name is a label, and hostile text takes linear time', () => {
  assert.equal(parseMetrics('m{__proto__="1",constructor="2"} 1')?.get('m')?.[0]?.labels.constructor, '2');
  const start = performance.now();
  parseMetrics(`m{a="${'\\'.repeat(1_000_000)}`);
  parseMetrics(`m{${'a="1",'.repeat(100_000)}`);
  parseMetrics(`m${' '.repeat(1_000_000)}x y`);
  assert.ok(performance.now() - start < 2000);
  assert.equal(parseMetrics('m 1\n'.repeat(2_000_000)), null);
});
