import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { chart, find, kserve } from './manifests.ts';

const values = parse(readFileSync(new URL('values.yaml', chart), 'utf8'));
const results = readFileSync(new URL('../../bench/RESULTS.md', import.meta.url), 'utf8');

test('replicas are added between half of their load and nine tenths of it, as docs/explanation/capacity.md says', () => {
  const [header = '', ...rows] = results.match(/^\| batch +\| replicas .*\n(?:\|.*\n)+/m)![0].split('\n');
  const column = (name: string) => cellsOf(header).indexOf(name);
  const inFlight = new Map<string, number[]>();
  for (const cells of rows.map(cellsOf).filter((each) => each[column('replicas')] === '1')) {
    const batch = cells[column('batch')]!;
    const perMs = Number(cells[column('/s')]) / 1000;
    inFlight.set(batch, [...(inFlight.get(batch) ?? []), perMs * inMs(cells[column('latency')]!)]); // Little's law
  }
  assert.ok(inFlight.size > 1);
  for (const [batch, [, half, most]] of inFlight) {
    const { inFlight: target } = values.autoscaling;
    assert.ok(half! < target && target < most!, `${batch}: ${half} and ${most}`);
  }
  const [metric] = find(kserve, 'InferenceService').spec.predictor.autoScaling.metrics;
  assert.equal(metric.external.target.value, String(values.autoscaling.inFlight));
});

test('ENGINE_THREADS of the chart is what the figures were measured with', () => {
  assert.ok(results.includes(`One replica with ${values.resources.limits.cpu} engine threads`));
});

function cellsOf(row: string): string[] {
  return row
    .split('|')
    .map((cell) => cell.trim())
    .slice(1, -1);
}

function inMs(duration: string): number {
  const [value, unit] = duration.split(' ');
  return Number(value) * { µs: 0.001, ms: 1, s: 1000 }[unit!]!;
}
