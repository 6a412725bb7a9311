import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { pino } from 'pino';
import supertest from 'supertest';
import { type Config, listenOptions, loadConfig } from '../../src/config.ts';
import { Gate } from '../harness/gate.ts';
import { until } from '../harness/until.ts';
import { startTestEngine } from '../helpers/engine/start-test-engine.ts';
import { buildTestApp } from '../helpers/http/build-test-app.ts';

// The service on an engine whose threads fail by the batch's class name (test/helpers/engine/failing-worker.ts).

const worker = new URL('../helpers/engine/failing-worker.ts', import.meta.url).href;
const engine = startTestEngine({ engine: 'wasm', threads: 1, queueLimit: 1, hangTimeoutMs: 100 }, worker);
await engine.ready;
/** To replace a thread takes seconds on a busy machine. */
const patient = await startApp(60_000);
const hurried = await startApp(1000);
after(() => engine.close());

async function startApp(requestTimeoutMs: number) {
  const flags = ['--port', '0', '--engine-threads', '1', '--request-timeout-ms', `${requestTimeoutMs}`];
  const config = loadConfig(flags, {}) as Config;
  const app = await buildTestApp({ config, engine, logger: pino({ level: 'silent' }) });
  after(() => app.close());
  return supertest(await app.listen(listenOptions(config)));
}

/** The routes for batches, with the further fields that each needs. */
const ROUTES: Readonly<Record<string, object>> = {
  '/v1/focal-loss': { outputs: ['loss'] },
  '/v1/focal-loss/sweep': { gammas: [2] },
};

async function postTo(route: string, failure: string, http = patient) {
  const { status, body, headers } = await http
    .post(route)
    .send({ logits: [1], labels: [1], class_names: [failure], ...ROUTES[route] });
  return { status, code: body.code, retryAfter: headers['retry-after'], detail: body.detail };
}

for (const route of Object.keys(ROUTES)) {
  const post = (failure: string) => postTo(route, failure);

  test(`${route}: a deadline that passes gives 504, and the next batch is evaluated`, async () => {
    const late = await postTo(route, 'hang', hurried);
    assert.deepEqual([late.status, late.code], [504, 'deadline_exceeded']);
    assert.equal((await post('none')).status, 200);
  });

  test(`${route}: a thread that exits gives 503 with Retry-After, and the next batch is evaluated`, async () => {
    const lost = await post('exit');
    assert.deepEqual([lost.status, lost.code, lost.retryAfter], [503, 'engine_unavailable', '1']);
    assert.equal((await post('none')).status, 200);
  });

  test(`${route}: a device without memory gives 503 with Retry-After, and the next batch is evaluated`, async () => {
    const rejected = await post('memory');
    assert.deepEqual([rejected.status, rejected.code, rejected.retryAfter], [503, 'engine_unavailable', '1']);
    assert.match(rejected.detail, /no memory left/);
    assert.equal((await post('none')).status, 200);
  });

  test(`${route}: a full queue gives 429 with Retry-After, and the batches in it are evaluated`, async () => {
    const gate = new Gate();
    const accepted = [post(`hold ${gate.path}`), post('none')];
    await until('one waits', () => engine.stats.waiting === 1);
    const rejected = await post('none');
    gate.open();
    assert.deepEqual([rejected.status, rejected.code, rejected.retryAfter], [429, 'queue_full', '1']);
    assert.deepEqual(
      (await Promise.all(accepted)).map(({ status }) => status),
      [200, 200],
    );
  });

  test(`${route}: a bug gives 500 without its details`, async () => {
    const { status, code, detail } = await post('bug');
    assert.deepEqual([status, code], [500, 'internal']);
    assert.ok(!detail.includes('planted'));
  });
}
