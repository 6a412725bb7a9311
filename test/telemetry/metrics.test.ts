import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { test } from 'node:test';
import { pino } from 'pino';
import { type Config, listenOptions, loadConfig } from '../../src/config.ts';
import { Gate, openAllGates } from '../harness/gate.ts';
import { type Scrape, scrape } from '../harness/scrape.ts';
import { until } from '../harness/until.ts';
import { startTestEngine } from '../helpers/engine/start-test-engine.ts';
import { buildTestApp } from '../helpers/http/build-test-app.ts';
import { batchFile, SAFETENSORS } from '../helpers/http/gated-batch.ts';
import { startTestService } from '../helpers/service.ts';

const service = await startTestService('--queue-limit', '7', '--memory-budget-bytes', '100000000');
const BATCH = { logits: [[1, -2, 0.5]], labels: [1], activation: 'softmax' };

/** The counts that changed, without durations and the metrics of Node. */
function changes(before: Scrape, after: Scrape): Record<string, number> {
  const counted = [...after.samples].filter(
    ([sample]) => /_count\b|(?<!_seconds)_total\b/.test(sample) && sample.startsWith('focal_loss_'),
  );
  const differences = counted.map(([sample, value]) => [sample, value - (before.samples.get(sample) ?? 0)] as const);
  return Object.fromEntries(differences.filter(([, difference]) => difference !== 0));
}

/** What one scrape adds, when its response is sent. */
const SCRAPED = {
  'focal_loss_http_requests_total{method="GET",route="/metrics",status="200"}': 1,
  'focal_loss_http_request_duration_seconds_count{method="GET",route="/metrics"}': 1,
};

const stages = (batches: number) =>
  Object.fromEntries(
    ['decode', 'queue', 'compute', 'encode'].map((stage) => [
      `focal_loss_batch_stage_duration_seconds_count{stage="${stage}"}`,
      batches,
    ]),
  );

test('a batch is counted with its elements, its bytes and its stages', async () => {
  const before = await scrape(service.url);
  const body = JSON.stringify(BATCH);
  const responses = await Promise.all(
    [1, 2].map(() =>
      fetch(`${service.url}/v1/focal-loss`, { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
    ),
  );
  const bytes = (await Promise.all(responses.map((response) => response.arrayBuffer()))).map(
    (response) => response.byteLength,
  );
  const after = await scrape(service.url);
  assert.deepEqual(changes(before, after), {
    ...SCRAPED,
    ...stages(2),
    'focal_loss_http_requests_total{method="POST",route="/v1/focal-loss",status="200"}': 2,
    'focal_loss_http_request_duration_seconds_count{method="POST",route="/v1/focal-loss"}': 2,
    'focal_loss_batches_total{route="/v1/focal-loss",request_type="application/json",response_type="application/json"}': 2,
    'focal_loss_elements_total{engine="wasm"}': 6,
    'focal_loss_request_body_bytes_total{request_type="application/json"}': 2 * body.length,
    'focal_loss_response_body_bytes_total{response_type="application/json"}': bytes[0]! + bytes[1]!,
  });
});

test('a sweep is counted under its route, with the elements of each evaluation', async () => {
  const before = await scrape(service.url);
  // Two evaluations of each gamma: under softmax an alpha per class takes its own.
  const body = JSON.stringify({ ...BATCH, gammas: [0, 1, 2], alphas: [0.25, null, [0.1, 0.2, 0.3]] });
  const { text } = await service.http
    .post('/v1/focal-loss/sweep')
    .set('content-type', 'application/json')
    .send(body)
    .expect(200);
  assert.deepEqual(changes(before, await scrape(service.url)), {
    ...SCRAPED,
    ...stages(1),
    'focal_loss_http_requests_total{method="POST",route="/v1/focal-loss/sweep",status="200"}': 1,
    'focal_loss_http_request_duration_seconds_count{method="POST",route="/v1/focal-loss/sweep"}': 1,
    'focal_loss_batches_total{route="/v1/focal-loss/sweep",request_type="application/json",response_type="application/json"}': 1,
    'focal_loss_elements_total{engine="wasm"}': 3 * 6,
    'focal_loss_request_body_bytes_total{request_type="application/json"}': body.length,
    'focal_loss_response_body_bytes_total{response_type="application/json"}': Buffer.byteLength(text),
  });
});

test('batches are counted by route and by the media types of request and response', async () => {
  const before = await scrape(service.url);
  await service.http.post('/v1/focal-loss').set('accept', 'application/vnd.safetensors').send(BATCH).expect(200);
  const logits = { name: 'logits', shape: [1], datatype: 'FP32', data: [1] };
  const labels = { name: 'labels', shape: [1], datatype: 'INT64', data: [1] };
  const outputs = [{ name: 'gradients', parameters: { binary_data: true } }];
  await service.http
    .post('/v2/models/focal-loss/infer')
    .send({ inputs: [logits, labels], outputs })
    .expect(200);
  const { samples } = await scrape(service.url);
  const batches = [...samples].filter(
    ([name]) => name.startsWith('focal_loss_batches_total') && !before.samples.has(name),
  );
  assert.deepEqual(batches, [
    [
      'focal_loss_batches_total{route="/v1/focal-loss",request_type="application/json",response_type="application/vnd.safetensors"}',
      1,
    ],
    [
      'focal_loss_batches_total{route="/v2/models/focal-loss/infer",request_type="application/json",response_type="application/octet-stream"}',
      1,
    ],
  ]);
});

test('a problem is counted by its code and by the pattern of its route, never by its URL', async () => {
  const before = await scrape(service.url);
  await service.problem({ ...BATCH, gama: 2 }, 'invalid_request');
  await service.problem('[', 'malformed_body');
  await service.http.get('/nothing/here?at=all').expect(404);
  await service.http.delete('/v1/focal-loss').expect(405);
  await service.http.get('/%c0').expect(404);
  assert.deepEqual(changes(before, await scrape(service.url)), {
    ...SCRAPED,
    'focal_loss_http_requests_total{method="POST",route="/v1/focal-loss",status="422"}': 1,
    'focal_loss_http_requests_total{method="POST",route="/v1/focal-loss",status="400"}': 1,
    'focal_loss_http_requests_total{method="GET",route="none",status="404"}': 2,
    'focal_loss_http_requests_total{method="DELETE",route="none",status="405"}': 1,
    'focal_loss_http_request_duration_seconds_count{method="POST",route="/v1/focal-loss"}': 2,
    'focal_loss_http_request_duration_seconds_count{method="GET",route="none"}': 2,
    'focal_loss_http_request_duration_seconds_count{method="DELETE",route="none"}': 1,
    'focal_loss_problems_total{code="invalid_request"}': 1,
    'focal_loss_problems_total{code="malformed_body"}': 1,
    'focal_loss_problems_total{code="not_found"}': 2,
    'focal_loss_problems_total{code="method_not_allowed"}': 1,
  });
});

test('gauges report the limits and the memory in use', async () => {
  await service.focalLoss(BATCH); // Its memory is free afterwards.
  const { samples } = await scrape(service.url);
  const value = (name: string) => samples.get(`focal_loss_${name}`);
  assert.equal(value('queue_depth'), 0);
  assert.equal(value('queue_limit'), 7);
  assert.equal(value('engine_ready'), 1);
  assert.equal(value('engine_threads'), 1);
  assert.equal(value('engine_thread_restarts_total'), 0);
  assert.equal(value('codec_thread_restarts_total'), 0);
  assert.equal(value('engine_tensors'), 0);
  assert.equal(value('engine_tensor_bytes'), 0);
  assert.ok(value('engine_memory_bytes')! >= 2 ** 24); // The initial memory of TensorFlow.js' wasm backend.
  assert.equal(value('memory_in_use_bytes'), 0);
  assert.ok(value('memory_free_bytes')! > 0);
  assert.equal(value('memory_budget_bytes'), 1e8);
  assert.equal(value('http_requests_in_flight'), 1); // The scrape itself.
});

test('a response that its client does not read to the end is counted as aborted, not by its status', async () => {
  const count = async (status: string) => {
    const { samples } = await scrape(service.url);
    const name = `focal_loss_http_requests_total{method="POST",route="/v1/focal-loss",status="${status}"}`;
    return samples.get(name) ?? 0;
  };
  const [aborted, successful] = [await count('aborted'), await count('200')];
  const outgoing = request(`${service.url}/v1/focal-loss`, { method: 'POST', headers: SAFETENSORS });
  outgoing.end(batchFile(1_500_000, 'none'));
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.destroy();
  await until('it is counted', async () => (await count('aborted')) === aborted + 1);
  assert.equal(await count('200'), successful);
});

test('metric names follow the conventions, and docs/reference/metrics.md has each with its type', async () => {
  const { types } = await scrape(service.url);
  const page = readFileSync(new URL('../../docs/reference/metrics.md', import.meta.url), 'utf8');
  const documented = [...page.matchAll(/^\| `(focal_loss_\w+)` \| (\w+) \|/gm)].map(([, name, type]) => [name, type]);
  const own = [...types].filter(([name]) => name.startsWith('focal_loss_'));
  assert.deepEqual(documented.sort(), own.sort());
  for (const [name, type] of own) assert.equal(name.endsWith('_total'), type === 'counter', name);
  for (const name of types.keys()) assert.match(name, /^(focal_loss|process|nodejs)_/);
});

test('metrics are served while the queue is full, and count clients that disconnect and threads that end', async () => {
  const worker = new URL('../helpers/engine/failing-worker.ts', import.meta.url).href;
  const engine = startTestEngine({ engine: 'wasm', threads: 1, queueLimit: 1 }, worker);
  const config = loadConfig(['--port', '0', '--engine-threads', '1'], {}) as Config;
  const app = await buildTestApp({ config, engine, logger: pino({ level: 'silent' }) });
  try {
    await engine.ready;
    const url = await app.listen(listenOptions(config));
    const body = (name: string) => JSON.stringify({ logits: [1], labels: [1], class_names: [name], outputs: ['loss'] });
    const post = (name: string) =>
      fetch(`${url}/v1/focal-loss`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: body(name),
      });

    const gate = new Gate();
    const accepted = [post(`hold ${gate.path}`), post('none')];
    await until('one waits', () => engine.stats.waiting === 1);
    const full = await scrape(url);
    assert.equal(full.samples.get('focal_loss_queue_depth'), 1);
    assert.equal(full.samples.get('focal_loss_http_requests_in_flight'), 3);
    assert.ok(full.samples.get('focal_loss_memory_in_use_bytes')! > 0);
    assert.equal((await post('none')).status, 429);
    gate.open();
    for (const response of accepted) assert.equal((await response).status, 200);

    assert.equal((await post('exit')).status, 503);
    assert.equal((await post('none')).status, 200); // By the thread that replaced it.

    const aborting = request(`${url}/v1/focal-loss`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    aborting.on('error', () => {}); // This end destroys the connection.
    const held = new Gate();
    aborting.end(body(`hold ${held.path}`));
    await held.noted('begun');
    aborting.destroy();
    const aborted = 'focal_loss_http_requests_total{method="POST",route="/v1/focal-loss",status="aborted"}';
    let { samples } = await scrape(url);
    while (!samples.has(aborted)) ({ samples } = await scrape(url));
    held.open();
    assert.equal(samples.get(aborted), 1);
    assert.equal(samples.get('focal_loss_engine_thread_restarts_total'), 1);
    assert.equal(samples.get('focal_loss_problems_total{code="queue_full"}'), 1);
    assert.equal(samples.get('focal_loss_problems_total{code="engine_unavailable"}'), 1);
    assert.equal(samples.get('focal_loss_http_requests_in_flight'), 1);
  } finally {
    openAllGates();
    await app.close();
    await engine.close();
  }
});
