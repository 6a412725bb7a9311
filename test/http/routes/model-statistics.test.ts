import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelStatisticsSchema } from '../../../src/http/model-statistics-schema.ts';
import { startTestService } from '../../helpers/service.ts';

const service = await startTestService();
const PATHS = ['/v2/models/stats', '/v2/models/focal-loss/stats', '/v2/models/focal-loss/versions/1/stats'];
const REQUEST = {
  inputs: [
    { name: 'logits', datatype: 'FP32', shape: [2, 2], data: [2.2, -1.3, -3.1, 0.4] },
    { name: 'labels', datatype: 'INT64', shape: [2], data: [0, 1] },
  ],
};

async function statistics(path = PATHS[0]!) {
  const { body } = await service.http.get(path).expect(200);
  const { model_stats } = modelStatisticsSchema.parse(body);
  assert.equal(model_stats.length, 1);
  return model_stats[0]!;
}

test('before the first inference all numbers are 0', async () => {
  const nothing = { count: 0, ns: 0 };
  const { inference_stats, batch_stats, last_inference, inference_count } = await statistics();
  for (const statistic of Object.values(inference_stats)) assert.deepEqual(statistic, nothing);
  assert.deepEqual([batch_stats, last_inference, inference_count], [[], 0, 0]);
});

test('inferences count once each with their stages, failures apart, and other routes not at all', async () => {
  const start = Date.now();
  const infer = (path: string, body: object) => service.http.post(path).send(body);
  await infer('/v2/models/focal-loss/infer', REQUEST).expect(200);
  await infer('/v2/models/focal-loss/versions/1/infer', REQUEST).expect(200);
  await infer('/v2/models/focal-loss/infer', { inputs: [] }).expect(400);
  await infer('/v2/models/resnet/infer', REQUEST).expect(404);
  await infer('/v1/focal-loss', { logits: [1], labels: [1] }).expect(200);

  const all = await statistics();
  for (const path of PATHS) assert.deepEqual(await statistics(path), all);
  const { success, fail, queue, compute_input, compute_infer, compute_output, cache_hit } = all.inference_stats;
  assert.deepEqual([all.inference_count, all.execution_count, success.count, fail.count], [2, 2, 2, 1]);
  const stages = [queue, compute_input, compute_infer, compute_output];
  assert.deepEqual(
    stages.map(({ count }) => count),
    [2, 2, 2, 2],
  );
  assert.ok(fail.ns > 0 && compute_input.ns > 0 && compute_infer.ns > 0 && compute_output.ns > 0);
  assert.ok(stages.reduce((sum, { ns }) => sum + ns, 0) <= success.ns);
  assert.deepEqual(cache_hit, { count: 0, ns: 0 });
  assert.deepEqual(all.batch_stats, [{ batch_size: 1, compute_input, compute_infer, compute_output }]);
  assert.ok(all.last_inference >= start && all.last_inference <= Date.now());
});

test('the statistics of another model or version are 404, and a POST is 405', async () => {
  for (const path of ['/v2/models/resnet/stats', '/v2/models/focal-loss/versions/2/stats']) {
    const { body } = await service.http.get(path).expect(404);
    assert.match(body.error, /the one model is focal-loss/);
  }
  for (const path of PATHS) await service.http.post(path).expect(405);
});
