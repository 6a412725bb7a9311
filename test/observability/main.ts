import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { startServiceWith } from '../harness/service-process.ts';
import { targets, variables } from '../helpers/dashboard.ts';
import { Prometheus } from './prometheus.ts';
import { KEY, sendTraffic } from './traffic.ts';

// A real Prometheus scrapes the built service as docs/how-to/observability.md says it is to, with a key, and is asked all that
// the dashboard asks. Each answer must have numbers in it. Takes half a minute.

const CONFIG = new URL('../../docker/prometheus.yml', import.meta.url).pathname;
const DOCS = new URL('../../docs/how-to/observability.md', import.meta.url);
/** Grafana's `$__rate_interval` is four scrapes long. */
const RATE_INTERVAL = '4s';
const TRAFFIC_MS = 10_000;

const say = (line: string) => process.stdout.write(`${line}\n`);

if (spawnSync('prometheus', ['--version']).status !== 0) {
  say('skipped: the dashboard is not checked against a real Prometheus: there is none');
  process.exit();
}

const folder = mkdtempSync(join(tmpdir(), 'observability-'));
const keyFile = join(folder, 'key');
writeFileSync(keyFile, KEY);
const service = await startServiceWith({ env: { API_KEYS: KEY } }, '--log-level', 'silent');
const prometheus = await Prometheus.start(folder, configFor(service.address));
try {
  await sendTraffic(service.address, TRAFFIC_MS);
  await pause(2000); // For a scrape of the last of it.
  for (const { query } of variables) {
    const [, series, label] = /^label_values\((\w+), (\w+)\)$/.exec(query.query) ?? [];
    assert.ok(series && label, query.query);
    assert.notDeepEqual(await prometheus.labelValues(series, label), [], query.query);
  }
  for (const { expr } of targets) {
    const values = await prometheus.ask(
      expr.replaceAll(/\$(?:instance|route)\b/g, '.*').replaceAll('$__rate_interval', RATE_INTERVAL),
    );
    assert.ok(values.length > 0 && values.every(Number.isFinite), `${expr} gives ${values.join(', ') || 'nothing'}`);
  }
  say(`prometheus: ${variables.length} variables and ${targets.length} expressions of the dashboard have numbers`);
} finally {
  await prometheus.stop();
  await service.stop();
  rmSync(folder, { recursive: true });
}

/** That of docker/, with the part of the page about keys, at this address and at a quicker pace. */
function configFor(address: string | number): string {
  const config = parse(readFileSync(CONFIG, 'utf8'));
  const [, documented = ''] = /```yaml\n(authorization:[\s\S]*?)```/.exec(readFileSync(DOCS, 'utf8')) ?? [];
  const { authorization } = parse(documented);
  authorization.credentials_file = keyFile;
  config.global.scrape_interval = '1s';
  Object.assign(config.scrape_configs[0], { authorization, static_configs: [{ targets: [`127.0.0.1:${address}`] }] });
  return stringify(config);
}
