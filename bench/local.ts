import { existsSync } from 'node:fs';
import { startEngine } from '../src/engine/engine-pool.ts';
import { Connection, timeRequest } from '../test/harness/connection.ts';
import { startService } from '../test/harness/service-process.ts';
import type { Table } from '../test/harness/table.ts';
import { LARGE } from './batches.ts';
import { interleave, type Timings, timed } from './harness/interleave.ts';
import { type Benchmark, ratioTarget, type Section } from './harness/report.ts';
import { THREADS } from './harness/threads.ts';
import { milliseconds } from './harness/timing-table.ts';
import { RegionBatch, wireRequest } from './local/region-requests.ts';
import { evaluateRequest, readFile } from './modes/evaluate-mode.ts';
import { makeTensors, safetensorsFile } from './modes/mode-tensors.ts';
import { MODES, type Mode } from './modes/modes.ts';

/** A client on the same machine, which passes its tensors in shared memory. */
export const local: Benchmark = {
  name: 'local',
  title: `Shared memory: the client on the same machine, ${THREADS} threads`,
  unavailable: () => (existsSync('/dev/shm') ? undefined : 'there is no /dev/shm'),
  run: measure,
};

const ENGINE = 'engine';
const REGION = 'shared memory';
const TCP = 'TCP';

const DETECTIONS: Mode = {
  name: `${LARGE.samples} × ${LARGE.classes}, class indices`,
  shape: [LARGE.samples, LARGE.classes],
  dtype: 'F32',
  labels: 'indices',
  options: {},
};

/** `ROWS=softmax,masks` measures the rows whose names contain one of these, and writes nothing. */
const SELECTED = process.env.ROWS?.split(',');
const ROWS = [DETECTIONS, ...MODES.filter(({ grid, options }) => grid === undefined && !('outputs' in options))].filter(
  ({ name }) => SELECTED?.some((text) => name.includes(text)) ?? true,
);
const PLAN = { rounds: 15, warmUp: 5, budgetMs: 15_000 };

async function measure(): Promise<Section> {
  const service = await startService('--engine-threads', String(THREADS), '--shared-memory', 'on');
  const engine = startEngine({ engine: 'auto', threads: THREADS, queueLimit: 1 });
  const { name, versions } = await engine.ready;
  const rows = new Map<string, Timings>();
  try {
    for (const mode of ROWS) {
      process.stderr.write(`  ${mode.name}\n`);
      rows.set(mode.name, await measureRow(mode));
    }
  } finally {
    await Promise.all([engine.close(), service.stop()]);
  }
  return {
    targets: targets(rows.get(DETECTIONS.name)),
    tables: [table(rows)],
    notes: [
      'Loss, gradients and breakdown. Engine: `engine.evaluate` alone, on tensors in its own memory. Shared memory: a request of ' +
        'the Open Inference Protocol whose logits, labels and gradients lie in one registered region, to a service of its own. TCP: ' +
        'the same request with all tensors in it, and all in the response. Both over a kept-alive connection; before a row is ' +
        'measured, both must give the same bytes.',
    ],
    versions: { engine: name, ...versions },
    isPartial: SELECTED !== undefined,
  };

  async function measureRow(mode: Mode): Promise<Timings> {
    const tensors = makeTensors(mode);
    const request = readFile(mode, safetensorsFile(mode, tensors));
    const wire = wireRequest(mode, tensors);
    const region = new RegionBatch(mode, tensors);
    const connection = await Connection.open(service.address);
    try {
      await region.register(connection);
      await assertSameBytes(connection, region, wire);
      return await interleave(
        [
          { name: ENGINE, run: () => timed(() => evaluateRequest(engine, request)) },
          { name: REGION, run: () => timeRequest(connection, region.request) },
          { name: TCP, run: () => timeRequest(connection, wire) },
        ],
        PLAN,
      );
    } finally {
      await region.remove(connection);
      connection.close();
    }
  }
}

/** In a response the gradients stand behind the breakdown, whose numbers are wider. */
async function assertSameBytes(service: Connection, region: RegionBatch, wire: Buffer): Promise<void> {
  await timeRequest(service, region.request);
  const { body } = await service.send(wire, { keepBody: true });
  const gradients = region.gradients();
  if (!body.subarray(body.length - gradients.length).equals(gradients)) {
    throw new Error('the gradients in shared memory are not those over the wire');
  }
}

function targets(times: Timings | undefined) {
  const what = DETECTIONS.name;
  return [
    ratioTarget(`${what}: a request in shared memory, in times of the engine`, times?.ratio(REGION, ENGINE), 1.35),
    ratioTarget(`${what}: the same over TCP, in times of shared memory`, times?.ratio(TCP, REGION), 2.5, '≥'),
  ];
}

function table(rows: ReadonlyMap<string, Timings>): Table {
  return {
    columns: ['batch', ENGINE, REGION, TCP, 'shared memory / engine', 'TCP / shared memory'],
    rows: [...rows].map(([name, times]) => [
      name,
      ...[ENGINE, REGION, TCP].map((contender) => milliseconds(times.median(contender))),
      `${times.ratio(REGION, ENGINE)!.toPrecision(3)} ×`,
      `${times.ratio(TCP, REGION)!.toPrecision(3)} ×`,
    ]),
  };
}
