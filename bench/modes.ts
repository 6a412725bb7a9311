import type { Table } from '../test/harness/table.ts';
import { competitorsInstalled, NOT_INSTALLED, versionsOf } from './harness/competitor.ts';
import type { Benchmark, Section, Target } from './harness/report.ts';
import { THREADS } from './harness/threads.ts';
import { milliseconds } from './harness/timing-table.ts';
import { startCompetitors } from './modes/competitors.ts';
import { familyTable, familyTarget, type MeasuredMember, measureMember } from './modes/family.ts';
import { FAMILY_MODES } from './modes/family-modes.ts';
import { aheadTarget, GOALS, goalTarget, isMet } from './modes/goals.ts';
import { CONTENDERS, type MeasuredMode, measureMode } from './modes/measure-mode.ts';
import { MODES } from './modes/modes.ts';
import { plotModes } from './modes/plot-modes.ts';

const PLOT = new URL('modes.svg', import.meta.url);

/** `ROWS=softmax,masks` measures the rows whose names contain one of these, and writes nothing. */
const SELECTED = process.env.ROWS?.split(',');

/** Every way to ask, beside torch in process and behind HTTP. */
export const modes: Benchmark = {
  name: 'modes',
  title: `Every way to ask: loss, gradients and breakdown, ${THREADS} threads`,
  run: measure,
};

async function measure(): Promise<Section> {
  const selected = MODES.filter(isSelected);
  const family = FAMILY_MODES.filter(isSelected);
  if (selected.length + family.length === 0)
    throw new Error(`expected ROWS to be parts of names of ways to ask, got ${SELECTED}`);
  const competitors = await startCompetitors();
  const { engine, torch, fastapi } = competitors;
  const { name, versions } = await engine.ready;
  const rows: MeasuredMode[] = [];
  const members: MeasuredMember[] = [];
  try {
    for (const mode of selected) {
      process.stderr.write(`  ${mode.name}\n`);
      rows.push(await measureMode(mode, competitors));
    }
    for (const member of family) {
      process.stderr.write(`  ${member.name}\n`);
      members.push(await measureMember(member, competitors));
    }
  } finally {
    await competitors.stop();
  }
  return {
    targets: [
      ...GOALS.map((goal) => goalTarget(goal, rows)),
      aheadTarget(rows),
      familyTarget(members),
      sameBytesTarget([...rows, ...members]),
    ],
    tables: [timesTable(rows), ratiosTable(rows), familyTable(members)],
    notes: [
      'About 2 M elements, 8 MB of float32, unless the name says otherwise. Engine: `engine.evaluate`, the transfer to its ' +
        'threads and back included. Whole request: a safetensors file over a kept-alive TCP connection to a service of ' +
        `its own (\`dist/main.js\`, log discarded, ${THREADS} engine threads) and gradients with breakdown back. Class indices ` +
        'travel as int64, hard labels as bytes, soft ones as float32.',
      'torch eager and `torch.compile` (`dynamic=False, fullgraph=True`): the loss and its gradients by autograd in a ' +
        'process of their own, on prepared targets, without breakdown. Sigmoid is torchvision’s; softmax is `cross_entropy` ' +
        'for class indices, and `log_softmax` for soft and smoothed labels. FastAPI: the same in eager mode behind uvicorn ' +
        'with uvloop and httptools; raw numbers come in, which it turns into targets without checks, and the loss and raw ' +
        'gradients go out. Echo: `node:http` alone receives the request’s bytes and sends as many as the response has.',
      'The sweep returns no gradients; torch evaluates all pairs without autograd, when compiled in one graph. Before a row ' +
        'is measured, all must agree on the losses and on the sum of the gradients’ magnitudes within 0.2 %.',
      ...(competitorsInstalled() ? [] : [NOT_INSTALLED]),
    ],
    versions: { engine: name, ...versions, ...versionsOf(torch, fastapi) },
    ...(rows.length > 0 && { files: [{ url: PLOT, content: plotModes(rows) }] }),
    isPartial: SELECTED !== undefined,
  };
}

function isSelected({ name }: { readonly name: string }): boolean {
  return SELECTED?.some((text) => name.includes(text)) ?? true;
}

function sameBytesTarget(rows: readonly Pick<MeasuredMode, 'sameBytes'>[]): Target {
  const same = rows.filter((row) => row.sameBytes).length;
  return {
    what: `the same bytes on 1 and on ${THREADS} threads`,
    target: 'every row',
    measured: `${same} of ${rows.length}`,
    met: same === rows.length,
  };
}

function timesTable(rows: readonly MeasuredMode[]): Table {
  return {
    caption: '![Milliseconds of each way to ask, by implementation](modes.svg)\n\nMedians:',
    columns: ['way to ask', ...CONTENDERS],
    rows: rows.map(({ name, times }) => [
      name,
      ...CONTENDERS.map((each) => (times.has(each) ? milliseconds(times.median(each)) : '–')),
    ]),
  };
}

function ratiosTable(rows: readonly MeasuredMode[]): Table {
  return {
    caption:
      'The ratios of the promises. Those that are missed are bold, and a promise does not apply where there is none:',
    columns: ['way to ask', ...GOALS.map(({ column, sense, limit }) => `${column} ${sense} ${limit}`), 'all met'],
    rows: rows.map((row) => [
      row.name,
      ...GOALS.map((goal) => {
        const ratio = goal.ratioOf(row)?.toPrecision(3);
        if (ratio === undefined) return '–';
        return isMet(goal, row) ? ratio : `**${ratio}**`;
      }),
      GOALS.some((goal) => isMet(goal, row) === false) ? '**no**' : 'yes',
    ]),
  };
}
