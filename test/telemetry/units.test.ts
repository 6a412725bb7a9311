import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Config, listenOptions, loadConfig } from '../../src/config.ts';
import { modelStatisticsSchema } from '../../src/http/model-statistics-schema.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { scrape } from '../harness/scrape.ts';
import { until } from '../harness/until.ts';
import { startTestEngine } from '../helpers/engine/start-test-engine.ts';
import { buildTestApp } from '../helpers/http/build-test-app.ts';
import { send } from '../helpers/http/send.ts';

// Every time in metrics, statistics and the log has the unit that its name says: it is compared with the same time where else it
// is told, and with a clock.

interface Line {
  readonly msg: string;
  readonly path?: string;
  readonly ms?: number;
}

const lines: Line[] = [];
const logger = createLogger('info', { write: (line: string) => lines.push(JSON.parse(line)) });
const config = loadConfig(['--port', '0', '--engine-threads', '1'], {}) as Config;
const engine = startTestEngine({ engine: 'wasm', threads: 1, queueLimit: 8 });
const app = await buildTestApp({ config, engine, logger });
await engine.ready;
const url = await app.listen(listenOptions(config));
after(async () => {
  await app.close();
  await engine.close();
});

const JSON_TYPE = { 'content-type': 'application/json' };
/** The pause. A busy machine may read a request late, but not by a thousand times: a wrong unit is seen. */
const PAUSE_MS = 150;

const statistics = async () =>
  modelStatisticsSchema.parse(await (await fetch(`${url}/v2/models/stats`)).json()).model_stats[0]!.inference_stats;

/** Sends a body with a pause within it, and takes its time. */
async function sendSlowly(path: string, body: string) {
  const start = performance.now();
  const { outgoing, response } = send(url, path, { ...JSON_TYPE, 'content-length': body.length });
  outgoing.write(body.slice(0, 1));
  await sleep(PAUSE_MS);
  outgoing.end(body.slice(1));
  const received = await response;
  return { received, ms: performance.now() - start };
}

test('metrics: the stages of a batch are those of its response in seconds, and within the time of the request', async () => {
  const body = JSON.stringify({ logits: [[1, -2, 0.5]], labels: [1], activation: 'softmax' });
  const before = await scrape(url);
  const { received, ms } = await sendSlowly('/v1/focal-loss', body);
  const durations = JSON.parse(`${received.body}`).duration_ms;
  const after = await scrape(url);
  const added = (name: string) => after.samples.get(name)! - (before.samples.get(name) ?? 0);
  const sum = (stage: string) => added(`focal_loss_batch_stage_duration_seconds_sum{stage="${stage}"}`);
  for (const stage of ['queue', 'decode', 'compute']) {
    // The response has them in milliseconds, with three digits behind the point.
    assert.ok(Math.abs(1000 * sum(stage) - durations[stage]) <= 0.001, `${stage}: ${sum(stage)} s`);
  }
  assert.ok(
    1000 * sum('encode') >= durations.encode - 0.001 && 1000 * sum('encode') < ms,
    `encode: ${sum('encode')} s`,
  );
  const seconds = added('focal_loss_http_request_duration_seconds_sum{method="POST",route="/v1/focal-loss"}');
  assert.ok(1000 * seconds >= PAUSE_MS / 3 && 1000 * seconds <= ms + 5, `${seconds} s of ${ms} ms`);
});

test('log: the time of a request is in milliseconds', async () => {
  const { ms } = await sendSlowly('/v1/focal-loss', '{"logits": ');
  const logged = () => lines.findLast(({ msg, path }) => msg === 'request' && path === '/v1/focal-loss')?.ms;
  await until('it is logged', () => (logged() ?? 0) > 0);
  assert.ok(logged()! >= PAUSE_MS / 3 && logged()! <= ms + 5, `${logged()} of ${ms} ms`);
});

test("Triton's statistics: stages are those of the response in nanoseconds, failures the time of the request", async () => {
  const inputs = [
    { name: 'logits', datatype: 'FP32', shape: [2, 2], data: [2.2, -1.3, -3.1, 0.4] },
    { name: 'labels', datatype: 'INT64', shape: [2], data: [0, 1] },
  ];
  const start = performance.now();
  const response = await fetch(`${url}/v2/models/focal-loss/infer`, {
    method: 'POST',
    body: JSON.stringify({ inputs }),
  });
  const { parameters } = (await response.json()) as { parameters: Record<string, number> };
  const wallNs = 1e6 * (performance.now() - start);
  await until('it is counted', async () => (await statistics()).success.count === 1);
  const { success, queue, compute_input, compute_infer, compute_output } = await statistics();
  for (const [statistic, ms] of [
    [queue, parameters.queue_ms!],
    [compute_input, parameters.decode_ms!],
    [compute_infer, parameters.compute_ms!],
  ] as const) {
    assert.ok(Math.abs(statistic.ns - 1e6 * ms) <= 1000, `${statistic.ns} ns of ${ms} ms`);
  }
  const stages = queue.ns + compute_input.ns + compute_infer.ns + compute_output.ns;
  assert.ok(compute_output.ns >= 1e6 * parameters.encode_ms! - 1000);
  assert.ok(success.ns >= stages && success.ns <= wallNs && success.ns >= 10_000, `${success.ns} of ${wallNs} ns`);

  const { ms } = await sendSlowly('/v2/models/focal-loss/infer', '{"inputs": ');
  await until('it is counted', async () => (await statistics()).fail.count === 1);
  const { fail } = await statistics();
  assert.ok(fail.ns >= 1e6 * (PAUSE_MS / 3) && fail.ns <= 1e6 * (ms + 5), `${fail.ns} ns of ${ms} ms`);
});

test('bytes and types of a response are counted under its own type, and those of the request under its own', async () => {
  const body = JSON.stringify({ logits: [1, 2, 3], labels: [1, 0, 1] });
  const accept = 'application/vnd.safetensors';
  const received = await send(url, '/v1/focal-loss', { ...JSON_TYPE, accept }, body).response;
  const { samples } = await scrape(url);
  assert.equal(samples.get(`focal_loss_response_body_bytes_total{response_type="${accept}"}`), received.body.length);
  assert.equal(samples.get(`focal_loss_request_body_bytes_total{request_type="${accept}"}`), undefined);
});
