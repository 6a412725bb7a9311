import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { IMAGE, VERSION } from '../../scripts/release/names.ts';
import { type Config, describeSettings, listenOptions, loadConfig } from '../../src/config.ts';
import { scrape } from '../harness/scrape.ts';
import { startTestService } from '../helpers/service.ts';
import { chart, find, kserve, type Manifest, type Release, rendered } from './manifests.ts';

// Ports, paths, variables and metrics in deploy/ are the service's own.

const { paths } = JSON.parse(readFileSync(new URL('../../openapi/openapi.json', import.meta.url), 'utf8'));
const settings = describeSettings().map(({ name }) => name);
const everything = [...rendered.values(), kserve];

/** A pod with the container that runs the service, its environment as the container gets it. */
interface Pod {
  readonly spec: Manifest;
  readonly container: Manifest;
  readonly env: Readonly<Record<string, string>>;
}

function readPod(release: Release): Pod {
  const deployment = find(release, 'Deployment');
  const spec = deployment?.spec.template.spec ?? find(release, 'InferenceService').spec.predictor;
  const [container] = deployment ? spec.containers : find(release, 'ServingRuntime').spec.containers;
  const given = (container.env ?? []).map(({ name, value }: Manifest) => [name, value]);
  const map = find(release, 'ConfigMap');
  for (const { configMapRef } of container.envFrom ?? []) assert.equal(configMapRef.name, map.metadata.name);
  return { spec, container, env: { ...map?.data, ...Object.fromEntries(given) } };
}

/** A port by number or name, as a number. */
function portOf(container: Manifest, port: number | string): number {
  if (typeof port === 'number') return port;
  return container.ports.find(({ name }: Manifest) => name === port)?.containerPort;
}

for (const [name, release] of [...rendered, ['kserve', kserve] as const]) {
  const { spec, container, env } = readPod(release);
  const fixed = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
  const config = loadConfig([], fixed) as Config;

  test(`${name}: every variable is a setting, CUDA's or OpenTelemetry's, and the service takes its value`, () => {
    for (const variable of Object.keys(env)) {
      assert.ok(settings.includes(variable) || /^(CUDA|OTEL)_/.test(variable), variable);
    }
    assert.ok(!('API_KEYS' in env), 'keys go in by a file');
  });

  test(`${name}: it listens, for all, on the port that everything asks`, () => {
    const [{ containerPort }] = container.ports;
    assert.deepEqual(listenOptions(config), { host: '0.0.0.0', port: containerPort });
    const service = find(release, 'Service');
    for (const { targetPort } of service?.spec.ports ?? []) assert.equal(portOf(container, targetPort), containerPort);
    for (const { ports } of find(release, 'NetworkPolicy')?.spec.ingress ?? []) {
      for (const { port } of ports) assert.equal(portOf(container, port), containerPort);
    }
    for (const { port } of find(release, 'ServiceMonitor')?.spec.endpoints ?? []) {
      assert.ok(service.spec.ports.some((candidate: Manifest) => candidate.name === port));
    }
    const annotations = find(release, 'ServingRuntime')?.spec.annotations;
    if (annotations) assert.equal(annotations['prometheus.kserve.io/port'], String(containerPort));
  });

  test(`${name}: probes ask the routes for that, on that port, which need no key`, () => {
    const probes = { startupProbe: 'ready', readinessProbe: 'ready', livenessProbe: 'live' };
    for (const [probe, question] of Object.entries(probes)) {
      const { path, port } = container[probe].httpGet;
      assert.equal(portOf(container, port), container.ports[0].containerPort);
      assert.ok(path.endsWith(`/${question}`), path);
      assert.deepEqual(paths[path]?.get?.security, [], `${path} is not there, or needs a key`);
    }
  });

  test(`${name}: a pod outlives its drain, and goes on serving until no caller is sent to it`, () => {
    const drain = (config.drainDelayMs + config.requestTimeoutMs) / 1000;
    assert.ok(spec.terminationGracePeriodSeconds > drain, `${spec.terminationGracePeriodSeconds} s`);
    const { periodSeconds, failureThreshold } = container.readinessProbe;
    assert.ok(config.drainDelayMs / 1000 > periodSeconds * failureThreshold);
  });

  test(`${name}: the container may do nothing but serve`, () => {
    const security = { ...spec.securityContext, ...container.securityContext };
    assert.deepEqual([security.runAsNonRoot, security.runAsUser], [true, 1000]);
    assert.deepEqual([security.readOnlyRootFilesystem, security.allowPrivilegeEscalation], [true, false]);
    assert.deepEqual([security.capabilities, security.seccompProfile], [{ drop: ['ALL'] }, { type: 'RuntimeDefault' }]);
    assert.deepEqual([spec.automountServiceAccountToken, spec.enableServiceLinks], [false, false]);
  });
}

for (const [name, release] of rendered) {
  test(`${name}: selectors and references find what they are for`, () => {
    const deployment = find(release, 'Deployment');
    const { labels } = deployment.spec.template.metadata;
    const { container, spec, env } = readPod(release);
    const selectors = [
      deployment.spec.selector.matchLabels,
      find(release, 'Service').spec.selector,
      find(release, 'PodDisruptionBudget').spec.selector.matchLabels,
      find(release, 'NetworkPolicy').spec.podSelector.matchLabels,
      spec.topologySpreadConstraints[0].labelSelector.matchLabels,
      find(release, 'ServiceMonitor')?.spec.selector.matchLabels ?? {},
    ];
    for (const selector of selectors) assert.deepEqual({ ...labels, ...selector }, labels);
    assert.equal(spec.serviceAccountName, find(release, 'ServiceAccount').metadata.name);
    const scaled = find(release, 'ScaledObject') ?? find(release, 'HorizontalPodAutoscaler');
    assert.equal(scaled?.spec.scaleTargetRef.name ?? deployment.metadata.name, deployment.metadata.name);
    assert.equal(deployment.spec.replicas === undefined, scaled !== undefined, 'one decides how many replicas');
    for (const { name: mount } of container.volumeMounts ?? []) {
      assert.ok(spec.volumes.some((volume: Manifest) => volume.name === mount));
    }
    if (env.API_KEYS_FILE) assertKeys(release, env.API_KEYS_FILE);
  });
}

/** The file of keys is an entry of the mounted secret, and Prometheus sends another of the same. */
function assertKeys(release: Release, file: string): void {
  const { spec, container } = readPod(release);
  const { secret } = spec.volumes.find(({ name }: Manifest) => name === 'api-keys');
  const { mountPath } = container.volumeMounts.find(({ name }: Manifest) => name === 'api-keys');
  assert.equal(file, `${mountPath}/${secret.items[0].path}`);
  const made = find(release, 'Secret');
  const { credentials } = find(release, 'ServiceMonitor').spec.endpoints[0].authorization;
  assert.equal(credentials.name, secret.secretName);
  if (!made) return;
  assert.equal(made.metadata.name, secret.secretName);
  const keys = made.stringData[secret.items[0].key].trim().split('\n');
  assert.ok(keys.length > 1 && keys.includes(made.stringData[credentials.key]));
}

test('metrics are scraped where they are, and autoscalers go by one that is served', async () => {
  const service = await startTestService();
  const { types } = await scrape(service.url);
  const routes = everything.flatMap((release) => [
    ...(find(release, 'ServiceMonitor')?.spec.endpoints ?? []).map(({ path }: Manifest) => path),
    find(release, 'ServingRuntime')?.spec.annotations['prometheus.kserve.io/path'],
  ]);
  assert.deepEqual(new Set(routes.filter(Boolean)), new Set(['/metrics']));
  const metrics = JSON.stringify(everything).match(/focal_loss_\w+/g) ?? [];
  assert.ok(metrics.length >= 3);
  for (const metric of metrics) {
    // By its default rules prometheus-adapter gives the rate of a counter of seconds the name without its ending.
    const isRate = metric.endsWith('_total') || types.get(`${metric}_seconds_total`) === 'counter';
    assert.equal(types.get(metric) ?? types.get(`${metric}_seconds_total`), isRate ? 'counter' : 'gauge', metric);
  }
});

test("the chart's settings are the service's, with the same choices", () => {
  const schema = JSON.parse(readFileSync(new URL('values.schema.json', chart), 'utf8')).properties.settings;
  // A socket has no port to probe; keys have values of their own.
  const elsewhere = ['SOCKET', 'API_KEYS', 'API_KEYS_FILE'];
  assert.deepEqual(Object.keys(schema.properties).sort(), settings.filter((name) => !elsewhere.includes(name)).sort());
  for (const name of ['ENGINE', 'RESPONSE_COMPRESSION', 'SHARED_MEMORY', 'LOG_LEVEL']) {
    for (const choice of schema.properties[name].enum) loadConfig([], { [name]: choice });
    const wanted = schema.properties[name].enum.join(', ');
    assert.throws(() => loadConfig([], { [name]: 'none of them' }), { message: new RegExp(`one of ${wanted},`) });
  }
});

test('the images are those that are published, with the port that the Dockerfile exposes', () => {
  const values = parse(readFileSync(new URL('values.yaml', chart), 'utf8'));
  const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
  assert.match(dockerfile, new RegExp(`^EXPOSE ${values.settings.PORT}$`, 'm'));
  for (const [name, release] of [...rendered, ['kserve', kserve] as const]) {
    const expected = name.startsWith('gpu') ? `${IMAGE}:${VERSION}-cuda` : `${IMAGE}:${VERSION}`;
    assert.equal(readPod(release).container.image, expected, name);
  }
});

test("KServe's model is the one that is served, by the protocol that it is served by", () => {
  const [runtime, { spec, metadata }] = kserve as [Manifest, Manifest];
  const { model } = spec.predictor;
  assert.ok(`/v2/models/${model.modelFormat.name}/infer` in paths);
  assert.ok(`/v2/models/${model.modelFormat.name}/versions/${model.modelFormat.version}/infer` in paths);
  assert.equal(metadata.name, model.modelFormat.name);
  assert.equal(model.runtime, runtime.metadata.name);
  assert.ok(runtime.spec.protocolVersions.includes(model.protocolVersion));
  const [{ name, version }] = runtime.spec.supportedModelFormats;
  assert.deepEqual({ name, version }, model.modelFormat);
});

test('the probes of the chart are those of what was rendered, also where no Helm is here to render it', () => {
  const template = readFileSync(new URL('templates/deployment.yaml', chart), 'utf8');
  const { container } = readPod(rendered.values().next().value!);
  for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
    const [, path, port] = new RegExp(`${probe}:\\s+httpGet: { path: (\\S+), port: (\\S+) }`).exec(template) ?? [];
    assert.deepEqual({ path, port }, container[probe].httpGet, probe);
  }
});
