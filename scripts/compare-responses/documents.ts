import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type Comparison, compareResponses, firstDifference, type ServiceResponse } from './compare.ts';
import type { ServiceRequest } from './formats.ts';

// What is not the response to a batch.

export const get = (path: string, headers: Record<string, string> = {}): ServiceRequest => ({
  name: `GET ${path}`,
  method: 'GET',
  path,
  headers,
});

/** Responses that are compared as those to batches are. */
export const PLAIN_GETS: readonly ServiceRequest[] = [
  '/v1/engine',
  '/health/live',
  '/health/ready',
  '/v2',
  '/v2/health/live',
  '/v2/health/ready',
  '/v2/models/focal-loss',
  '/v2/models/focal-loss/ready',
  '/v2/models/focal-loss/versions/1',
  '/v2/models/focal-loss/versions/1/ready',
].flatMap((path) => [get(path), { ...get(path), name: `HEAD ${path}`, method: 'HEAD' }]);

/** Pages and files, whose status, type and policy must not change, and whose content may. */
export function pageGets(checkout: string): ServiceRequest[] {
  const folder = join(checkout, 'dist', 'explorer');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = files.map((file) => relative(folder, join(file.parentPath, file.name)).replaceAll(sep, '/'));
  const paths = names.filter((name) => name !== 'index.html').map((name) => `/explorer/${name}`);
  return ['/', '/docs', '/docs/', '/openapi.json', '/openapi.yaml', ...paths.sort()].map((path) => get(path));
}

export function comparePage(path: string, old: ServiceResponse, current: ServiceResponse): Comparison {
  const isFile = path.startsWith('/explorer/');
  if (isFile && old.status === 200 && current.status === 404) {
    return { verdict: 'reworded', differences: ['this file of the page is gone'] };
  }
  const type = (response: ServiceResponse) => ({ ...response, body: Buffer.alloc(0) });
  const heads = compareResponses(type(old), type(current));
  if (heads.verdict !== 'identical' || old.body.equals(current.body)) return heads;
  if (path !== '/openapi.json') return { verdict: 'reworded', differences: ['the text'] };
  const places = differencesIn(JSON.parse(old.body.toString()), JSON.parse(current.body.toString()), '');
  return { verdict: 'reworded', differences: places };
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the document holds.
function differencesIn(old: any, current: any, pointer: string): string[] {
  const isLeaf = (value: unknown) => typeof value !== 'object' || value === null;
  if (isLeaf(old) || isLeaf(current)) {
    const difference = firstDifference(old, current, pointer);
    return difference === undefined ? [] : [difference];
  }
  const names = new Set([...Object.keys(old), ...Object.keys(current)]);
  return [...names].flatMap((name) => differencesIn(old[name], current[name], `${pointer}/${name}`));
}

/** Names, types and labels of all metrics, and what the service's own counters counted. */
export function compareMetrics(old: string, current: string): Comparison {
  const difference = firstDifference(seriesOf(old), seriesOf(current), '/metrics');
  return { verdict: difference ? 'different' : 'timings', differences: difference ? [difference] : [] };
}

/** These depend on how timings are written, and on how often a service was asked whether it is ready. */
const VARYING_COUNTERS = /response_body_bytes_total|"\/health\/ready"|"not_ready"/;

function seriesOf(text: string): Record<string, string> {
  const series: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, name, type] = /^# TYPE (\S+) (\S+)/.exec(line) ?? [];
    if (name) series[name] = type!;
    const [, id, value] = /^(focal_loss_\w+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
    if (!id || /_(?:bucket|sum)\{/.test(id)) continue;
    const isCount = /_total\b/.test(id) && !VARYING_COUNTERS.test(id);
    series[id] = isCount ? value! : 'there';
  }
  return series;
}
