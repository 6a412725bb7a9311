import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { pino } from 'pino';
import supertest from 'supertest';
import {
  inferenceProbeSchema,
  modelMetadataSchema,
  serverMetadataSchema,
} from '../../../src/codecs/open-inference/inference-schema.ts';
import { type Config, listenOptions, loadConfig } from '../../../src/config.ts';
import { Lifecycle } from '../../../src/http/lifecycle.ts';
import { startTestEngine } from '../../helpers/engine/start-test-engine.ts';
import { buildTestApp } from '../../helpers/http/build-test-app.ts';
import { BATCH, inputs, OPTIONS, startInferenceService } from '../../helpers/http/inference-service.ts';
import { inferenceBody } from '../../helpers/inference-body.ts';

const service = await startInferenceService();
const VERSIONS = ['', '/versions/1'];

test('the server metadata has the name, the version and the extensions', async () => {
  const { body } = await service.http.get('/v2').expect(200);
  assert.deepEqual(serverMetadataSchema.parse(body).extensions, [
    'binary_tensor_data',
    'statistics',
    'model_configuration',
    'model_repository',
  ]);
});

test('probes succeed, with and without the version', async () => {
  const probe = async (path: string) => inferenceProbeSchema.parse((await service.http.get(path).expect(200)).body);
  assert.deepEqual(await probe('/v2/health/live'), { live: true });
  assert.deepEqual(await probe('/v2/health/ready'), { ready: true });
  for (const version of VERSIONS) {
    assert.deepEqual(await probe(`/v2/models/focal-loss${version}/ready`), { name: 'focal-loss', ready: true });
  }
});

test('the model metadata has all inputs and outputs, and the outputs have its datatypes', async () => {
  for (const version of VERSIONS) {
    const { body } = await service.http.get(`/v2/models/focal-loss${version}`).expect(200);
    const metadata = modelMetadataSchema.parse(body);
    assert.deepEqual([metadata.name, metadata.versions], ['focal-loss', ['1']]);
    const names = [...Object.keys(BATCH), 'probabilities', 'element_weights', 'gamma.positive', 'gamma.negative'];
    assert.deepEqual(metadata.inputs.map(({ name }) => name).sort(), names.sort());
    const outputs = metadata.outputs.map(({ name }) => ({ name }));
    const { alpha: _, ...others } = inputs();
    // alpha is an output, too, where it is a scheme; smoothed labels have no posterior.
    const parameters = { ...OPTIONS, alpha: '{"balanced": true}', label_smoothing: 0 };
    const response = await service.http
      .post(`/v2/models/focal-loss${version}/infer`)
      .send(inferenceBody(others, { parameters, outputs }).body.toString())
      .expect(200);
    const described = (tensors: { name: string; datatype: string; shape: number[] }[]) =>
      tensors
        .filter(({ name }) => name !== 'elementwise') // Of one axis under softmax.
        .map(({ name, datatype, shape }) => [name, datatype, shape.length])
        .sort();
    assert.deepEqual(described(response.body.outputs), described(metadata.outputs));
  }
});

test('404 names the model that exists, 405 the methods that a path allows', async () => {
  for (const path of [
    '/v2/',
    '/v2/models/resnet',
    '/v2/models/resnet/infer',
    '/v2/models/focal-loss/versions/2/infer',
  ]) {
    const { status, body, headers } = await service.http.post(path).send('{}');
    assert.deepEqual([status, body.code, headers['content-type']], [404, 'not_found', 'application/json']);
    assert.match(body.error, /the one model is focal-loss, in version 1/);
  }
  const { status, body, headers } = await service.http.get('/v2/models/focal-loss/infer');
  assert.deepEqual([status, body.code, headers.allow], [405, 'method_not_allowed', 'POST']);
  assert.equal(body.error, '/v2/models/focal-loss/infer allows POST, not GET');
  assert.equal((await service.http.get('/v2x')).headers['content-type'], 'application/problem+json; charset=utf-8');
});

const config = loadConfig(['--port', '0'], {}) as Config;
const logger = pino({ level: 'silent' });

test('a timeout in microseconds cancels a batch before the deadline of the service', async () => {
  const worker = new URL('../../helpers/engine/failing-worker.ts', import.meta.url).href;
  const engine = startTestEngine({ engine: 'wasm', threads: 1, queueLimit: 1, hangTimeoutMs: 100 }, worker);
  const app = await buildTestApp({ config, engine, logger });
  after(async () => {
    await app.close();
    await engine.close();
  });
  await engine.ready;
  const http = supertest(await app.listen(listenOptions(config)));
  const one = { datatype: 'FP32', shape: [1], values: [1], binary: false } as const;
  const infer = (failure: string, timeout: number) => {
    const rest = { parameters: { class_names: `["${failure}"]`, timeout }, outputs: [{ name: 'loss' }] };
    const { body } = inferenceBody({ logits: one, labels: one }, rest);
    return http.post('/v2/models/focal-loss/infer').send(body.toString());
  };
  const late = await infer('hang', 50_000);
  assert.deepEqual([late.status, late.body.code], [504, 'deadline_exceeded']);
  assert.equal((await infer('none', 0)).status, 200);
});

test('probes fail with 503 until the engine is warm, and while the service shuts down', async () => {
  const paths = ['/v2/health/ready', '/v2/models/focal-loss/ready', '/v2/models/focal-loss/versions/1/ready'];
  const engine = startTestEngine({ engine: 'wasm', threads: 1, queueLimit: 1 });
  const lifecycle = new Lifecycle();
  const app = await buildTestApp({ config, engine, logger, lifecycle });
  after(async () => {
    await app.close();
    await engine.close();
  });
  const errorOf = async (path: string) => {
    const { statusCode, headers, body } = await app.inject(path);
    assert.deepEqual([statusCode, headers['retry-after'], headers['content-type']], [503, '1', 'application/json']);
    return JSON.parse(body).error;
  };
  for (const path of paths) assert.equal(await errorOf(path), 'The engine is warming up');
  await engine.ready;
  lifecycle.drain();
  for (const path of paths) assert.equal(await errorOf(path), 'The service is shutting down');
  assert.equal((await app.inject('/v2/health/live')).statusCode, 200);
});
