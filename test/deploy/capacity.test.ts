import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { forecast } from '../../bench/capacity/model.ts';
import { readThroughput } from '../../bench/capacity/throughput.ts';
import { chart, find, kserve } from './manifests.ts';

const values = parse(readFileSync(new URL('values.yaml', chart), 'utf8'));
const MANY = 10_000;

test('replicas are added where the model has them 80 % busy, as docs/explanation/capacity.md says', () => {
  const measured = [...readThroughput().values()];
  const textbook = [1, 2].map((atOnce) => ({ aloneMs: 1, maxPerSecond: 1000 * atOnce }));
  for (const throughput of [...measured, ...textbook]) {
    const stepMs = (MANY * 1000) / (0.8 * throughput.maxPerSecond);
    const at = forecast({ ...throughput, replicas: 1 }, { jobs: MANY, stepMs });
    assert.ok(Math.abs(at.utilisation - 0.8) < 0.01, `${at.utilisation}`);
    const inFlight = (at.batchesPerSecond * at.latencyMs) / 1000; // Little's law
    assert.equal(Math.round(inFlight), values.autoscaling.inFlight, `${inFlight}`);
  }
  const [metric] = find(kserve, 'InferenceService').spec.predictor.autoScaling.metrics;
  assert.equal(metric.external.target.value, String(values.autoscaling.inFlight));
});

test('ENGINE_THREADS of the chart is what the figures were measured with', () => {
  const results = readFileSync(new URL('../../bench/RESULTS.md', import.meta.url), 'utf8');
  assert.ok(results.includes(`One replica with ${values.resources.limits.cpu} engine threads`));
});
