import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History } from '../../../src/explorer/live/history.ts';
import { parseMetrics } from '../../../src/explorer/live/parse-metrics.ts';
import { readSnapshot, type Snapshot } from '../../../src/explorer/live/snapshot.ts';

interface Counts {
  readonly ok?: number;
  readonly wrong?: number;
  readonly elements?: number;
  readonly start?: number;
  readonly engine?: string;
  readonly restarts?: number;
  readonly slow?: number;
}

function snapshotOf(seconds: number, counts: Counts = {}): Snapshot {
  const { ok = 0, wrong = 0, elements = 0, start = 100, engine = 'wasm', restarts = 0, slow = 0 } = counts;
  const stage = 'focal_loss_batch_stage_duration_seconds_bucket{stage="compute"';
  const text = `
focal_loss_build_info{version="1.0.0",engine="${engine}"} 1
process_start_time_seconds ${start}
process_cpu_seconds_total ${seconds}
focal_loss_engine_ready 1
focal_loss_engine_threads 2
focal_loss_engine_thread_restarts_total ${restarts}
focal_loss_http_requests_in_flight 3
focal_loss_http_requests_total{method="POST",route="/v1/focal-loss",status="200"} ${ok}
focal_loss_http_requests_total{method="POST",route="/v1/focal-loss",status="422"} ${wrong}
focal_loss_http_requests_total{method="POST",route="/v1/focal-loss",status="aborted"} ${wrong}
focal_loss_http_requests_total{method="GET",route="/metrics",status="200"} ${1000 * seconds}
focal_loss_problems_total{code="invalid_request"} ${wrong}
focal_loss_elements_total{engine="wasm"} ${elements}
focal_loss_batches_total{route="/v1/focal-loss"} ${ok}
${stage},le="0.001"} ${ok - slow}
${stage},le="0.01"} ${ok - slow}
${stage},le="0.1"} ${ok}
${stage},le="+Inf"} ${ok}`;
  return readSnapshot(parseMetrics(text)!, seconds * 1000)!;
}

function historyOf(...snapshots: Snapshot[]): History {
  const history = new History();
  for (const snapshot of snapshots) history.add(snapshot);
  return history;
}

test('rates and stage times are those of the interval', () => {
  const { moments } = historyOf(
    snapshotOf(10, { ok: 100, elements: 1000, wrong: 2, slow: 90 }),
    snapshotOf(12, { ok: 140, elements: 9000, wrong: 4, slow: 110 }),
  );
  assert.equal(moments.length, 1);
  const [moment] = moments;
  assert.deepEqual(moment!.requestsPerSecond, { successful: 20, rejected: 1, failed: 0, aborted: 1 });
  assert.equal(moment!.elementsPerSecond, 4000);
  assert.equal(moment!.cores, 1);
  assert.equal(moment!.snapshot.inFlight, 2);
  // Half of the 40 batches took up to 1 ms, the others 10 to 100.
  assert.equal(moment!.stages.compute.median, 0.001);
  assert.ok(moment!.stages.compute.p99! > 0.09);
  assert.deepEqual(moment!.stages.queue, { median: null, p99: null });
});

test('a restart leaves a gap, never a negative or a huge rate, and its problems are new', () => {
  const before = snapshotOf(10, { ok: 100, wrong: 7 });
  const after = snapshotOf(12, { ok: 3, wrong: 1, start: 111 });
  const history = historyOf(before, after, snapshotOf(14, { ok: 5, wrong: 1, start: 111 }));
  assert.equal(history.moments.length, 1);
  assert.equal(history.moments[0]!.requestsPerSecond.successful, 1);
  assert.match(history.events[0]!.text, /has restarted/);
  assert.deepEqual(history.codes, [{ code: 'invalid_request', kind: 'problem', total: 1, seen: 1, lastSeen: 12_000 }]);
  // Within the same second, the start time is the same.
  const quick = historyOf(before, snapshotOf(10.5, { ok: 0 }));
  assert.equal(quick.moments.length, 0);
  assert.match(quick.events[0]!.text, /has restarted/);
});

test('replicas that alternate are recognized', () => {
  const [one, other] = [snapshotOf(10, { start: 1 }), snapshotOf(12, { start: 2 })];
  const { events } = historyOf(one, other, snapshotOf(14, { start: 1 }));
  assert.match(events[0]!.text, /Another replica/);
});

test('a problem has the time at which its count grew', () => {
  const first = snapshotOf(10, { wrong: 7 });
  assert.equal(historyOf(first).codes[0]!.lastSeen, null);
  const history = historyOf(first, snapshotOf(12, { wrong: 9 }), snapshotOf(14, { wrong: 9 }));
  assert.deepEqual(history.codes, [{ code: 'invalid_request', kind: 'problem', total: 9, seen: 2, lastSeen: 12_000 }]);
  assert.equal(history.requestTotals().get('POST /v1/focal-loss 422'), 2);
});

test('five minutes are kept, and a pause is a gap', () => {
  const history = historyOf(...Array.from({ length: 400 }, (_, i) => snapshotOf(2 * i, { ok: i })));
  const { moments } = history;
  assert.equal(moments.length, 150);
  history.add(snapshotOf(800, { ok: 400 }));
  assert.equal(moments.at(-1)!.time, 798_000);
  history.add(snapshotOf(900, { ok: 5000 }));
  assert.ok(history.moments.every(({ requestsPerSecond }) => requestsPerSecond.successful === 0.5));
});

test('a change of the backend and replaced threads are events', () => {
  const history = historyOf(snapshotOf(110), snapshotOf(112, { engine: 'webgpu' }));
  assert.equal(history.engineSince, 112_000);
  history.add(snapshotOf(114, { engine: 'webgpu', restarts: 1 }));
  assert.deepEqual(
    history.events.map(({ text }) => text),
    ['1 thread was replaced.', 'The engine has changed from wasm to webgpu.'],
  );
});
