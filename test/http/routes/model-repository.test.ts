import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { modelConfigSchema } from '../../../src/codecs/open-inference/model-config.ts';
import { type Config, loadConfig } from '../../../src/config.ts';
import { Lifecycle } from '../../../src/http/lifecycle.ts';
import { startTestEngine } from '../../helpers/engine/start-test-engine.ts';
import { buildTestApp } from '../../helpers/http/build-test-app.ts';
import { startTestService } from '../../helpers/service.ts';

const service = await startTestService();
const MODEL = { name: 'focal-loss', version: '1' };
const INDEX = '/v2/repository/index';

test('the configuration has the tensors of the metadata', async () => {
  const metadata = (await service.http.get('/v2/models/focal-loss').expect(200)).body;
  for (const version of ['', '/versions/1']) {
    const { body } = await service.http.get(`/v2/models/focal-loss${version}/config`).expect(200);
    const { name, platform, max_batch_size, input, output } = modelConfigSchema.parse(body);
    assert.deepEqual([name, platform, max_batch_size], ['focal-loss', metadata.platform, 0]);
    const asMetadata = ({ name, data_type, dims }: (typeof output)[number]) => ({
      name,
      datatype: data_type.replace('TYPE_', ''),
      shape: dims,
    });
    assert.deepEqual(input.map(asMetadata), metadata.inputs);
    assert.deepEqual(output.map(asMetadata), metadata.outputs);
    assert.deepEqual(
      input.filter(({ optional }) => !optional).map(({ name }) => name),
      ['labels'],
    );
  }
  await service.http.get('/v2/models/focal-loss/versions/2/config').expect(404);
});

test('the index lists the model, whatever the body says of readiness', async () => {
  const ready = [{ ...MODEL, state: 'READY', reason: '' }];
  for (const body of ['', '{}', '{"ready": true}', '{"ready": false}']) {
    for (const type of ['application/json', 'x', undefined]) {
      const request = service.http.post(INDEX);
      if (type !== undefined) request.set('content-type', type);
      assert.deepEqual((await request.send(body).expect(200)).body, ready);
    }
  }
  await service.http.get(INDEX).expect(405);
});

test('wrong bodies of index requests are errors', async () => {
  for (const [body, status, message] of [
    ['{"ready": 1}', 400, /^expected a boolean, got 1$/],
    ['{"raedy": true}', 400, /did you mean "ready"/],
    ['[]', 400, /expected an object/],
    ['{', 400, /not JSON/],
    [`{"ready": true, "x": "${'x'.repeat(4096)}"}`, 413, /4096/],
  ] as const) {
    const response = await service.http.post(INDEX).send(body).expect(status);
    assert.match(response.body.errors?.[0]?.message ?? response.body.error, message);
    assert.equal(response.headers['content-type'], 'application/json');
  }
});

test('a model that is not ready is listed with its state, unless only those that are ready are requested', async () => {
  const config = loadConfig(['--port', '0'], {}) as Config;
  const engine = startTestEngine({ engine: 'wasm', threads: 1, queueLimit: 1 });
  const lifecycle = new Lifecycle();
  const app = await buildTestApp({ config, engine, logger: pino({ level: 'silent' }), lifecycle });
  after(async () => {
    await app.close();
    await engine.close();
  });
  const index = async (body: object) => (await app.inject({ method: 'POST', url: INDEX, payload: body })).json();
  assert.deepEqual(await index({}), [{ ...MODEL, state: 'LOADING', reason: 'The engine is warming up' }]);
  assert.deepEqual(await index({ ready: true }), []);
  await engine.ready;
  lifecycle.drain();
  assert.deepEqual(await index({}), [{ ...MODEL, state: 'UNLOADING', reason: 'The service is shutting down' }]);
  assert.deepEqual(await index({ ready: true }), []);
});

test('nothing can be loaded or unloaded, and the error says so', async () => {
  for (const action of ['load', 'unload']) {
    const { body } = await service.http.post(`/v2/repository/models/focal-loss/${action}`).send('{').expect(400);
    assert.match(body.error, /^failed to (?:un)?load 'focal-loss', explicit model load \/ unload is not allowed/);
    const unknown = await service.http.post(`/v2/repository/models/resnet/${action}`).expect(404);
    assert.match(unknown.body.error, /there is no such model; the one model is focal-loss/);
    await service.http.get(`/v2/repository/models/focal-loss/${action}`).expect(405);
  }
});
