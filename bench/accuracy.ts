import { startEngine } from '../src/engine/engine-pool.ts';
import type { Table } from '../test/harness/table.ts';
import { startCompetitors } from './accuracy/competitors.ts';
import { QUANTITIES } from './accuracy/grid.ts';
import type { Score, Scores } from './accuracy/score.ts';
import { HARD_NOTES, scoreHard } from './accuracy/score-hard.ts';
import { SOFT_NOTES, scoreSoft } from './accuracy/score-soft.ts';
import { SOFTMAX_NOTES, scoreSoftmax } from './accuracy/score-softmax.ts';
import { checkTruth } from './accuracy/truth.ts';
import { competitorsInstalled, NOT_INSTALLED, versionsOf } from './harness/competitor.ts';
import type { Benchmark, Section, Target } from './harness/report.ts';

const LIMIT = 5e-7;

/** Worst errors against the float64 reference, itself held against 60 digits. */
export const accuracy: Benchmark = {
  name: 'accuracy',
  title: 'Accuracy: worst relative error, float32',
  run: measure,
};

async function measure(): Promise<Section> {
  const engine = startEngine({ engine: 'auto', threads: 1, queueLimit: 1 });
  const { name, versions } = await engine.ready;
  const competitors = await startCompetitors();
  const tables = {
    'Sigmoid, hard labels': await scoreHard(engine, competitors),
    'Sigmoid, soft labels': await scoreSoft(engine, competitors),
    Softmax: await scoreSoftmax(engine, competitors),
  };
  const children = Object.values(competitors);
  await Promise.all([engine.close(), ...children.map((child) => child.stop())]);
  const truth = competitorsInstalled() ? await checkTruth() : undefined;
  const ours = Object.values(tables).flatMap((scores) =>
    Object.entries(scores).flatMap(([name, score]) => (name in competitors ? [] : [score])),
  );

  return {
    targets: targetsOf(ours),
    tables: Object.entries(tables).map(([caption, scores]) => errorTable(`${caption}:`, scores)),
    notes: [
      'Errors count if the true value is a normal float32. The libraries compute their derivatives by automatic ' +
        'differentiation. Training: only loss, gradients and breakdown. Where terms of one value cancel, around a root of ' +
        'it, no float32 result has a bounded relative error: errors are then relative to the sum of their magnitudes.',
      HARD_NOTES,
      SOFT_NOTES,
      SOFTMAX_NOTES,
      'True values are those of the float64 reference in `src/loss`.' +
        (truth
          ? ` Its error against 60-digit values at ${truth.points} of the points is at most ${error(truth.worst)}.`
          : ''),
      ...(competitorsInstalled() ? [] : [NOT_INSTALLED]),
    ],
    versions: { engine: name, ...versions, ...versionsOf(...children), ...truth?.versions },
  };
}

function targetsOf(scores: readonly Score[]): Target[] {
  const errors = QUANTITIES.map((quantity): Target => {
    const worst = Math.max(...scores.map((each) => each.worst[quantity].error));
    return { what: quantity, target: `< ${LIMIT}`, measured: error(worst), met: worst < LIMIT };
  });
  const nonFinite = scores.reduce((total, each) => total + each.allNonFinite, 0);
  return [...errors, { what: 'NaN and infinity', target: '0', measured: String(nonFinite), met: nonFinite === 0 }];
}

function errorTable(caption: string, scores: Scores): Table {
  const all = Object.entries(scores);
  const quantities = QUANTITIES.filter((quantity) => all.some(([, { worst }]) => worst[quantity].at !== ''));
  return {
    caption,
    columns: ['what', ...quantities.flatMap((quantity) => [quantity, 'where']), 'NaN or infinite'],
    rows: all.map(([name, { worst, allNonFinite }]) => [
      name,
      ...quantities.flatMap((quantity) => {
        const { error: largest, at } = worst[quantity];
        return at === '' ? ['–', '–'] : [error(largest), at];
      }),
      String(allNonFinite),
    ]),
  };
}

function error(value: number): string {
  return value.toPrecision(2);
}
