import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { httpThreadMs, requestCosts } from '../../scripts/reference/request-costs.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import { Connection, post } from '../harness/connection.ts';
import { peakRss, resetPeak, rss } from '../harness/rss.ts';
import { startService } from '../harness/service-process.ts';

// The costliest requests of each kind, a fraction of the limit long, cost no more than SECURITY.md says.

/** Other machines and loaded ones are slower. What is to be found is work that grows faster than the request. */
const MARGIN = 2;
/** The first ones take longer, until code is compiled. */
const RUNS = 3;
/** Garbage that is not collected yet. */
const SLACK_BYTES = 2 ** 26;

const V1 = '/v1/focal-loss';
const JSON_TYPE = 'application/json';
const FILE_TYPE = 'application/vnd.safetensors';
const ARRAYS = ['loss', 'gradients', 'hessian', 'elementwise', 'posterior', 'calibration'];
const EFFECTIVE = { effective_number: { beta: 0.999 } };
const costs = requestCosts(loadConfig([], {}) as Config);

interface Example {
  readonly kind: string;
  /** How many of its kind it has. */
  readonly count: number;
  readonly request: Buffer;
  readonly statuses?: readonly number[];
}

const json = (fields: object) => Buffer.from(JSON.stringify(fields));
const batch = (samples: number, classes: number, options: object) => ({
  logits: Array.from({ length: samples }, (_, i) => new Array(classes).fill(i % 7)),
  labels: Array.from({ length: samples }, () => new Array(classes).fill(0.5)),
  gamma: 0.7,
  soft_labels: 'termwise',
  ...options,
});

/** F16 zeros as logits and as labels, in the slowest form. */
function file(samples: number, classes: number, options: Readonly<Record<string, unknown>>): Buffer {
  const bytes = 2 * samples * classes;
  const tensor = (start: number) => ({ dtype: 'F16', shape: [samples, classes], data_offsets: [start, start + bytes] });
  const texts = Object.entries({ soft_labels: 'termwise', ...options }).map(([name, value]) => [
    name,
    JSON.stringify(value),
  ]);
  const header = JSON.stringify({
    __metadata__: Object.fromEntries(texts),
    logits: tensor(0),
    labels: tensor(bytes),
  });
  const text = Buffer.from(header.padEnd(8 * Math.ceil(header.length / 8)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(bytes), Buffer.alloc(bytes, Buffer.from([0, 0x38]))]);
}

const gammas = Array.from({ length: 256 }, (_, i) => 0.01 + i / 100);
const GZIP = { 'Content-Encoding': 'gzip' };
const EXAMPLES: readonly Example[] = [
  {
    kind: 'elements of a binary batch',
    count: 2_000_000,
    request: post(V1, FILE_TYPE, file(200_000, 10, { gamma: 0.7, outputs: ARRAYS })),
  },
  {
    kind: 'elements of a batch in JSON',
    count: 400_000,
    request: post(V1, JSON_TYPE, json(batch(400_000, 1, { outputs: ARRAYS }))),
  },
  {
    kind: 'evaluations of an element in a sweep',
    count: 256 * 100_000,
    request: post(`${V1}/sweep`, FILE_TYPE, file(100_000, 1, { gammas })),
  },
  {
    kind: 'classes, times pairs of gamma and alpha, in a sweep',
    count: 256 * 2048,
    request: post(`${V1}/sweep`, JSON_TYPE, json(batch(1, 2048, { gamma: undefined, gammas }))),
  },
  {
    kind: 'classes',
    count: 100_000,
    request: post(V1, JSON_TYPE, json(batch(1, 100_000, { alpha: EFFECTIVE, outputs: ['loss'] }))),
  },
  {
    kind: 'classes with a breakdown',
    count: 32_768,
    request: post(V1, JSON_TYPE, json(batch(1, 32_768, { outputs: ['loss', 'per_class'] }))),
  },
  ...[Buffer.alloc(4_000_000, ' '), json([new Array(2_000_000).fill(0)]), json(new Array(1_000_000).fill([]))].map(
    (text) => ({
      kind: 'bytes of JSON that is not read as numbers',
      count: text.length,
      request: post(
        V1,
        JSON_TYPE,
        Buffer.concat([Buffer.from('{"logits":[1],"labels":[0],"margins":'), text, Buffer.from('}')]),
      ),
      statuses: [400, 422],
    }),
  ),
  {
    kind: 'bytes of a body, decompressed',
    count: 100_000_000,
    request: post(V1, FILE_TYPE, gzipSync(Buffer.alloc(100_000_000)), GZIP),
    statuses: [400],
  },
];

/** Nanoseconds that the threads of a process have run: all of them, and the first, which is the HTTP thread. */
async function cpuTime(pid: number): Promise<{ all: number; http: number }> {
  const threads = await readdir(`/proc/${pid}/task`);
  const times = await Promise.all(
    threads.map(async (id) => Number((await readFile(`/proc/${pid}/task/${id}/schedstat`, 'utf8')).split(' ')[0])),
  );
  return { all: times.reduce((total, ns) => total + ns), http: times[threads.indexOf(String(pid))]! };
}

const skip = process.platform !== 'linux' && 'only Linux tells the processor time of threads';
test('the costliest requests of each kind cost no more than the model says', { skip }, async (t) => {
  const service = await startService('--engine-threads', '1');
  after(() => service.signal('SIGKILL'));
  const connection = await Connection.open(service.address);
  assert.deepEqual(new Set(EXAMPLES.map(({ kind }) => kind)), new Set(costs.map(({ kind }) => kind)));
  for (const { kind, count, request, statuses = [200] } of EXAMPLES) {
    await t.test(`${kind}: ${count}`, async (t) => {
      const { limit, cpuNs, memoryBytes, bodyBytes } = costs.find((cost) => cost.kind === kind)!;
      assert.ok(count <= limit);
      let [each, http] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      let httpLimit = 0;
      await resetPeak(service.pid);
      const residentBytes = await rss(service.pid);
      for (let run = 0; run < RUNS; run++) {
        const before = await cpuTime(service.pid);
        const { status, head } = await connection.send(request);
        const after = await cpuTime(service.pid);
        assert.ok(statuses.includes(status), `${status}`);
        each = Math.min(each, (after.all - before.all) / count);
        http = Math.min(http, (after.http - before.http) / 1e6);
        const bytes = request.length + Number(/content-length: (\d+)/i.exec(head)![1]);
        httpLimit = httpThreadMs(bytes, (cpuNs * count) / 1e9);
      }
      t.diagnostic(
        `${each.toFixed(1)} of ${cpuNs} ns each; HTTP thread ${http.toFixed(1)} of ${httpLimit.toFixed(1)} ms`,
      );
      const grown = (await peakRss(service.pid)) - residentBytes;
      assert.ok(grown <= MARGIN * memoryBytes * count + SLACK_BYTES, `${grown} bytes more are resident`);
      assert.ok(request.length >= bodyBytes * count);
      assert.ok(each <= MARGIN * cpuNs, `${each} ns each`);
      assert.ok(http <= MARGIN * httpLimit, `${http} ms`);
    });
  }
});
