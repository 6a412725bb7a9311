import { Connection, post, timeRequest } from '../test/harness/connection.ts';
import { peakRss, resetPeak, rss, rssKnown } from '../test/harness/rss.ts';
import { startService } from '../test/harness/service-process.ts';
import type { Table } from '../test/harness/table.ts';
import { LARGE, makeNumbers } from './batches.ts';
import { SAFETENSORS, safetensorsBody } from './binary-bodies.ts';
import { type Benchmark, ratioTarget, type Section, type Target } from './harness/report.ts';
import { THREADS } from './harness/threads.ts';
import { unlessToy } from './harness/toy.ts';
import { mixedRequests } from './memory/mixed-requests.ts';
import { type Drift, rssOver } from './memory/rss-drift.ts';
import { countTensors } from './memory/tensor-count.ts';

const MIXED = unlessToy(
  { requests: 10_000, warmUp: 2000, sampleEvery: 100 },
  { requests: 20, warmUp: 10, sampleEvery: 5 },
);

/** Mixed requests are small; that memory of larger batches comes back must show as well. */
const LARGER = unlessToy(
  { samples: 20_000, requests: 100, warmUp: 20, sampleEvery: 5 },
  { samples: 200, requests: 4, warmUp: 1, sampleEvery: 2 },
);
const LIMIT = 0.05;

/** Resident memory for one large batch and over many requests, and tensors left behind. */
export const memory: Benchmark = {
  name: 'memory',
  title: 'Memory',
  run: measure,
};

async function measure(): Promise<Section> {
  const tensors = await countTensors();
  const large = rssKnown() ? await growthOfLargeBatch() : undefined;
  const mixed = rssKnown() ? await rssOverMixedRequests() : undefined;
  const larger = rssKnown() ? await rssOverLargerBatches() : undefined;
  return {
    targets: [
      ratioTarget(`peak growth of ${LARGE.samples} × ${LARGE.classes}, of bytes in + out`, large?.ratio, 2.5),
      driftTarget(`resident memory over ${MIXED.requests} mixed requests`, mixed),
      driftTarget(`resident memory over ${LARGER.requests} batches of ${LARGER.samples} × ${LARGE.classes}`, larger),
      {
        what: `tfjs tensors left behind by ${tensors.batches} batches`,
        target: '0',
        measured: String(tensors.left),
        met: tensors.left === 0,
      },
    ],
    tables: large && mixed && larger ? [rssTable(large, mixed, larger)] : [],
    notes: [
      'The large batch, in safetensors, is the first of its size that the warmed-up service gets. Its peak is the ' +
        "operating system's high-water mark. The mixed requests are JSON: tiny ones and some of 500 × 80, both " +
        'activations, every output, and one in ten invalid.',
      `Memory is read every ${MIXED.sampleEvery} requests (${LARGER.sampleEvery} batches), after ${MIXED.warmUp} ` +
        `(${LARGER.warmUp}) to warm up. The figure is the largest distance of a reading from the median.`,
      ...(rssKnown() ? [] : ["Resident memory is read from Linux's /proc: elsewhere it is left out."]),
    ],
    versions: tensors.versions,
  };
}

async function growthOfLargeBatch() {
  const server = await startService('--engine-threads', String(THREADS));
  const connection = await Connection.open(server.address);
  const small = binaryRequest(100);
  for (let i = 0; i < 50; i++) await timeRequest(connection, small);

  const large = binaryRequest(LARGE.samples);
  const before = await rss(server.pid);
  await resetPeak(server.pid);
  const { status, body } = await connection.send(large, { keepBody: true });
  if (status !== 200) throw new Error(`the large batch was answered ${status}`);
  const peak = await peakRss(server.pid);
  const after = await rss(server.pid);
  connection.close();
  await server.stop();
  return { before, peak, after, ratio: (peak - before) / (large.length + body.length) };
}

async function rssOverMixedRequests(): Promise<Drift> {
  const service = await startService('--engine-threads', String(THREADS));
  const drift = await rssOver(service.pid, service.address, mixedRequests(), MIXED);
  await service.stop();
  return drift;
}

async function rssOverLargerBatches(): Promise<Drift> {
  const server = await startService('--engine-threads', String(THREADS));
  const request = { bytes: binaryRequest(LARGER.samples), status: 200 };
  const drift = await rssOver(server.pid, server.address, [request], LARGER);
  await server.stop();
  return drift;
}

function binaryRequest(samples: number): Buffer {
  return post('/v1/focal-loss', SAFETENSORS, safetensorsBody(makeNumbers(samples, LARGE.classes)));
}

function driftTarget(what: string, drift: Drift | undefined): Target {
  const percent = (share: number) => `± ${(100 * share).toFixed(1)} %`;
  return {
    what,
    target: percent(LIMIT),
    measured: drift && percent(drift.spread),
    met: drift !== undefined && drift.spread <= LIMIT,
  };
}

function rssTable(large: { before: number; peak: number; after: number }, mixed: Drift, larger: Drift): Table {
  const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  return {
    columns: ['resident memory', 'before', 'highest', 'after'],
    rows: [
      [`one batch of ${LARGE.samples} × ${LARGE.classes}`, ...[large.before, large.peak, large.after].map(mebibytes)],
      [`${MIXED.requests} mixed requests`, ...[mixed.first, mixed.highest, mixed.last].map(mebibytes)],
      [
        `${LARGER.requests} batches of ${LARGER.samples} × ${LARGE.classes}`,
        ...[larger.first, larger.highest, larger.last].map(mebibytes),
      ],
    ],
  };
}
