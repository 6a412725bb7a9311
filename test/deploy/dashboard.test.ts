import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { scrape } from '../harness/scrape.ts';
import { panels, queries, targets, variables } from '../helpers/dashboard.ts';
import { startTestService } from '../helpers/service.ts';

// What docker/compose.yaml starts under the profile `observability`, as far as it can be seen without Docker.

const docker = new URL('../../docker/', import.meta.url);
const text = (name: string) => readFileSync(new URL(name, docker), 'utf8');

test('every metric and label that the dashboard asks for is served', async () => {
  const service = await startTestService();
  await service.focalLoss({ logits: [1], labels: [1] });
  const { samples, types } = await scrape(service.url);
  const asked = new Set(queries.flatMap((query) => query.match(/\b(?:focal_loss|process|nodejs)_\w+/g) ?? []));
  assert.ok(asked.size > 20);
  for (const metric of asked) {
    const histogram = /^(.+)_(?:bucket|sum|count)$/.exec(metric)?.[1];
    assert.ok(types.has(metric) || types.get(histogram ?? '') === 'histogram', `${metric} is not served`);
  }
  const labels = new Set([...samples.keys()].flatMap((sample) => sample.match(/\w+(?==")/g) ?? []));
  labels.add('instance'); // Prometheus puts it there.
  const used = queries.flatMap((query) => [
    ...(query.match(/\w+(?==~?")/g) ?? []),
    ...[...query.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', ')),
  ]);
  for (const label of used) assert.ok(labels.has(label), `nothing has the label ${label}`);
  const own = [...types.keys()].filter((name) => name.startsWith('focal_loss_'));
  const unused = own.filter((name) => !queries.some((query) => query.includes(name)));
  assert.deepEqual(unused, ['focal_loss_engine_tensor_bytes']); // The count tells as much.
});

test('the dashboard is sound: ids differ, panels do not overlap, variables are declared', () => {
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const cells = new Set<string>();
  for (const { title, gridPos } of panels) {
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.ok(!cells.has(`${x} ${y}`), `${title} overlaps another`);
        cells.add(`${x} ${y}`);
      }
    }
  }
  const declared = ['__rate_interval', ...variables.map(({ name }) => name)];
  for (const query of queries) {
    for (const [, name = ''] of query.matchAll(/\$(\w+)/g)) assert.ok(declared.includes(name), query);
    assert.equal(query.split('(').length, query.split(')').length, query);
  }
});

test('compose loads it: mounts are there, and names agree from file to file', () => {
  const { services, volumes } = parse(text('compose.yaml'));
  const { prometheus, grafana, 'focal-loss': service } = services;
  assert.equal(service.profiles, undefined);
  for (const { profiles } of [prometheus, grafana]) assert.deepEqual(profiles, ['observability']);
  const mounts = new Map<string, string>();
  for (const mount of [...prometheus.volumes, ...grafana.volumes]) {
    const [from, to] = mount.split(':');
    mounts.set(to, from);
    assert.ok(from.startsWith('./') ? existsSync(new URL(from, docker)) : from in volumes, mount);
  }

  const [{ static_configs }] = parse(text('prometheus.yml')).scrape_configs;
  assert.deepEqual(static_configs[0].targets, [`focal-loss:${service.ports[0].split(':').at(-1)}`]);
  const [source] = parse(text('grafana/provisioning/datasources/prometheus.yaml')).datasources;
  assert.equal(source.url, `http://prometheus:${prometheus.ports[0].split(':').at(-1)}`);
  for (const { datasource } of targets) assert.equal(datasource.uid, source.uid);
  const [provider] = parse(text('grafana/provisioning/dashboards/files.yaml')).providers;
  assert.equal(mounts.get(provider.options.path), './grafana/dashboards');
  const home = `${provider.options.path}/${readdirSync(new URL('grafana/dashboards/', docker))[0]}`;
  assert.equal(grafana.environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH, home);
});
