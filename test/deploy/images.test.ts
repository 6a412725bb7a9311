import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { type Config, describeSettings, listenOptions, loadConfig } from '../../src/config.ts';

// What the Dockerfile and docker/compose.yaml say against what the service reads. `docker/verify` builds and runs them.

const text = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

interface Service {
  readonly build?: { readonly target: string };
  readonly image?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly stop_grace_period?: string;
  readonly ports: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
}

/** Read by Node, NVIDIA's container runtime and driver, and TensorFlow. */
const FOREIGN = /^(NODE_ENV|NVIDIA_\w+|CUDA_\w+|TF_\w+)$/;

const dockerfile = text('Dockerfile').replaceAll('\\\n', ' ');
const compose: { services: Record<string, Service>; volumes: Record<string, unknown> } = parse(
  text('docker/compose.yaml'),
  { merge: true },
);
const services = Object.entries(compose.services).filter(([, { build }]) => build !== undefined);
const settings = new Set(describeSettings().map(({ name }) => name));

for (const target of ['cpu', 'cuda']) {
  test(`the image ${target} sets what the service reads, and listens where it says`, () => {
    const stage = instructions(target);
    const environment = environmentOf(stage);
    const own = Object.keys(environment).filter((name) => !FOREIGN.test(name));
    for (const name of own) assert.ok(settings.has(name), `${name} is no setting`);
    const config = loadConfig([], environment) as Config;
    assert.deepEqual(listenOptions(config), { host: '0.0.0.0', port: Number(argumentsOf(stage, 'EXPOSE')) });
    assert.match(argumentsOf(stage, 'USER'), /^[1-9]\d*:[1-9]\d*$/);
    assert.equal(argumentsOf(stage, 'STOPSIGNAL'), 'SIGTERM');
    assert.match(argumentsOf(stage, 'HEALTHCHECK'), /CMD \["node", "docker\/healthcheck.mjs"\]$/);
    assert.ok(stage.includes(`ARG VERSION=${JSON.parse(text('package.json')).version}`));
  });
}

test('a build without a target makes the CPU image', () => {
  assert.equal(dockerfile.match(/(?<=^FROM .* AS )\S+/gm)?.at(-1), 'cpu');
});

for (const [name, service] of services) {
  test(`docker/compose.yaml starts ${name} from an image that there is, as it can be run`, () => {
    const stage = instructions(service.build!.target);
    for (const key of Object.keys(service.environment ?? {})) assert.ok(settings.has(key), `${key} is no setting`);
    const config = loadConfig([], { ...environmentOf(stage), ...service.environment }) as Config;
    for (const port of service.ports) assert.equal(port.split(':').at(-1), argumentsOf(stage, 'EXPOSE'));
    assert.ok(service.read_only);
    assert.deepEqual(service.cap_drop, ['ALL']);
    const grace = Number(/^(\d+)s$/.exec(service.stop_grace_period ?? '')?.[1]) * 1000;
    assert.ok(grace > config.drainDelayMs + config.requestTimeoutMs);
  });
}

test('the cache of CUDA is on a volume', () => {
  const stage = instructions('cuda');
  const folder = environmentOf(stage).CUDA_CACHE_PATH;
  assert.equal(argumentsOf(stage, 'VOLUME'), folder);
  const [volume, mounted] = compose.services['focal-loss-gpu']!.volumes![0]!.split(':');
  assert.equal(mounted, folder);
  assert.ok(volume! in compose.volumes);
});

test('every image that is built on or run is an exact version', () => {
  const bases = Object.fromEntries(
    [...dockerfile.matchAll(/^ARG (\w+_IMAGE)=(.+)$/gm)].map(([, name, image]) => [name, image]),
  );
  const stages = new Set<string>();
  const images = Object.values(compose.services).flatMap(({ build, image }) => (build ? [] : [image!]));
  for (const [, from, stage] of dockerfile.matchAll(/^FROM (\S+) AS (\S+)$/gm)) {
    if (!stages.has(from!)) images.push(bases[from!.replace(/^\$\{(\w+)\}$/, '$1')] ?? from!);
    stages.add(stage!);
  }
  assert.equal(stages.size, dockerfile.match(/^FROM /gm)?.length);
  for (const image of images) assert.match(image, /:v?\d+\.\d+\.\d+\b|@sha256:[0-9a-f]{64}$/);
});

test('no two services are published at one port', () => {
  const ports = Object.values(compose.services).flatMap((service) => service.ports);
  assert.equal(new Set(ports.map((port) => port.slice(0, port.lastIndexOf(':')))).size, ports.length);
});

test('the build needs src alone, and the images have what it makes', () => {
  const { scripts } = JSON.parse(text('package.json'));
  assert.doesNotMatch(`${scripts.build} ${scripts['build:explorer']}`, /\btest\//);
  assert.ok(text('.dockerignore').split('\n').includes('!src'));
  assert.ok(instructions('build').includes('COPY src ./src'));
  for (const target of ['cpu', 'cuda']) assert.ok(instructions(target).includes('COPY --from=build /app/dist ./dist'));
});

/** The instructions of one stage, one a line. */
function instructions(target: string): string[] {
  const [, stage] = new RegExp(`^FROM .* AS ${target}$([\\s\\S]*?)(?=^FROM |(?![\\s\\S]))`, 'm').exec(dockerfile) ?? [];
  assert.ok(stage, `the Dockerfile has no target ${target}`);
  return stage.split('\n').filter((line) => /^[A-Z]/.test(line));
}

function argumentsOf(stage: readonly string[], instruction: string): string {
  const found = stage.filter((line) => line.startsWith(`${instruction} `));
  assert.equal(found.length, 1, `expected one ${instruction}`);
  return found[0]!.slice(instruction.length + 1);
}

function environmentOf(stage: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    argumentsOf(stage, 'ENV')
      .trim()
      .split(/\s+/)
      .map((pair) => pair.split('=', 2) as [string, string]),
  );
}
