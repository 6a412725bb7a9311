import { existsSync } from 'node:fs';
import type { Table } from '../test/harness/table.ts';
import { LARGE } from './batches.ts';
import { competitorsInstalled, NOT_INSTALLED, versionsOf } from './harness/competitor.ts';
import type { Timings } from './harness/interleave.ts';
import type { Benchmark, Section } from './harness/report.ts';
import { THREADS } from './harness/threads.ts';
import { milliseconds } from './harness/timing-table.ts';
import { startCompetitors } from './local/competitors.ts';
import { localTargets } from './local/goals.ts';
import {
  CLIENT_COPIED,
  CLIENT_IN_PLACE,
  COMPILED,
  EAGER,
  ENGINE,
  measureRow,
  REGION,
  TCP,
  TRITON,
} from './local/measure-row.ts';
import { MODES, type Mode } from './modes/modes.ts';

/** A client on the same machine, which passes its tensors in shared memory. */
export const local: Benchmark = {
  name: 'local',
  title: `Shared memory: the client on the same machine, ${THREADS} threads`,
  unavailable: () => (existsSync('/dev/shm') ? undefined : 'there is no /dev/shm'),
  run: measure,
};

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

async function measure(): Promise<Section> {
  const competitors = await startCompetitors();
  const { engine, torch, clients } = competitors;
  const { name, versions } = await engine.ready;
  const rows = new Map<string, Timings>();
  try {
    for (const mode of ROWS) {
      process.stderr.write(`  ${mode.name}\n`);
      rows.set(mode.name, await measureRow(mode, competitors));
    }
  } finally {
    await competitors.stop();
  }
  return {
    targets: localTargets(rows, DETECTIONS.name),
    tables: [timesTable(rows), ratiosTable(rows)],
    notes: [
      'Loss, gradients and breakdown. Engine: `engine.evaluate` alone, on tensors in its own memory. Shared memory: a request of ' +
        'the Open Inference Protocol whose logits, labels and gradients lie in one registered region, to a service of its own. TCP: ' +
        'the same request with all tensors in it, and all in the response. Both over a kept-alive connection; before a row is ' +
        'measured, both must give the same bytes.',
      'tritonclient and this service’s Python client time themselves, from the call to its result, in one process. tritonclient’s ' +
        'tensors lie in one region. The Python client takes arrays of `client.empty`, or copies its caller’s into a region.',
      'torch eager and `torch.compile`: as in “Every way to ask”, in a process of their own and without breakdown; only what ' +
        'has 8 M elements or more is compiled.',
      ...(competitorsInstalled() ? [] : [NOT_INSTALLED]),
    ],
    versions: { engine: name, ...versions, ...versionsOf(torch, clients) },
    isPartial: SELECTED !== undefined,
  };
}

function timesTable(rows: ReadonlyMap<string, Timings>): Table {
  const contenders = [ENGINE, REGION, TCP, TRITON, CLIENT_IN_PLACE, CLIENT_COPIED, EAGER, COMPILED];
  return {
    caption: 'Medians:',
    columns: ['batch', ...contenders],
    rows: [...rows].map(([name, times]) => [
      name,
      ...contenders.map((each) => (times.has(each) ? milliseconds(times.median(each)) : '–')),
    ]),
  };
}

/** What is divided by what. */
const RATIOS = [
  [REGION, ENGINE],
  [TRITON, ENGINE],
  [CLIENT_IN_PLACE, ENGINE],
  [CLIENT_COPIED, ENGINE],
  [TCP, REGION],
  [EAGER, REGION],
  [COMPILED, REGION],
] as const;

function ratiosTable(rows: ReadonlyMap<string, Timings>): Table {
  return {
    caption: 'Ratios, each the median of the rounds:',
    columns: ['batch', ...RATIOS.map(([a, b]) => `${a} ÷ ${b}`)],
    rows: [...rows].map(([name, times]) => [name, ...RATIOS.map(([a, b]) => times.ratio(a, b)?.toPrecision(3) ?? '–')]),
  };
}
