import { startEngine } from '../src/engine/engine-pool.ts';
import type { Table } from '../test/harness/table.ts';
import { competitorEvaluator, ENGINE_PATHS, type Evaluate, engineEvaluator } from './accuracy/evaluators.ts';
import { extremeLogits, GAMMAS, gridLogits, LABELS, QUANTITIES, truthOf } from './accuracy/grid.ts';
import { Score } from './accuracy/score.ts';
import { checkTruth } from './accuracy/truth.ts';
import type { Child } from './harness/child.ts';
import { competitorsInstalled, NOT_INSTALLED, startCompetitor, versionsOf } from './harness/competitor.ts';
import type { Benchmark, Section, Target } from './harness/report.ts';

const LIMIT = 5e-7;

const COMPETITORS = {
  torchvision: 'accuracy_torchvision.py',
  'Keras (torch backend)': 'accuracy_keras.py',
  optax: 'accuracy_optax.py',
} as const;

/** Worst errors over logits, gammas and both labels, against the float64 reference, itself held against 60 digits. */
export const accuracy: Benchmark = {
  name: 'accuracy',
  title: 'Accuracy: worst relative error, sigmoid, hard labels, float32',
  run: measure,
};

async function measure(): Promise<Section> {
  const engine = startEngine({ engine: 'auto', threads: 1, queueLimit: 1 });
  const { name, versions } = await engine.ready;
  const ours: [string, Score][] = [];
  for (const path of ENGINE_PATHS) ours.push([`this service, ${path}`, await score(engineEvaluator(engine, path))]);
  await engine.close();

  const competitors: Child[] = [];
  const theirs: [string, Score][] = [];
  for (const [competitorName, script] of competitorsInstalled() ? Object.entries(COMPETITORS) : []) {
    const competitor = await startCompetitor(script);
    competitors.push(competitor);
    theirs.push([competitorName, await score(competitorEvaluator(competitor))]);
    await competitor.stop();
  }
  const truth = competitorsInstalled() ? await checkTruth() : undefined;

  return {
    targets: targetsOf(ours.map(([, each]) => each)),
    tables: [errorTable([...ours, ...theirs]), nonFiniteTable([...ours, ...theirs])],
    notes: [
      `Logits: ${gridLogits().length} from −1e4 to 1e4, and the smallest and the largest float32 of every exponent; both ` +
        `labels, γ ∈ {${GAMMAS.join(', ')}}, α off. Errors count if the true value is a normal float32. The libraries compute ` +
        'their derivatives by automatic differentiation. Training: only loss, gradients and breakdown, with labels most of ' +
        'which are 0.',
      'The Hessian has a root, around which no float32 result has a bounded relative error: its errors are relative to ' +
        'the sum of the magnitudes of its two terms, p q^γ (1 + 2γ) q and p q^γ γ (q − γ p) log p.',
      'True values are those of the float64 reference in `src/loss`.' +
        (truth
          ? ` Its error against 60-digit values at ${truth.points} of the points is at most ${error(truth.worst)}.`
          : ''),
      ...(competitorsInstalled() ? [] : [NOT_INSTALLED]),
    ],
    versions: { engine: name, ...versions, ...versionsOf(...competitors), ...truth?.versions },
  };
}

async function score(evaluate: Evaluate): Promise<Score> {
  const result = new Score();
  for (const logits of [gridLogits(), extremeLogits()]) {
    for (const gamma of GAMMAS) {
      for (const label of LABELS) {
        const values = await evaluate(logits, label, gamma);
        result.add(logits, values, truthOf(logits, label, gamma), `γ ${gamma}, y ${label}`);
      }
    }
  }
  return result;
}

function targetsOf(scores: readonly Score[]): Target[] {
  const errors = QUANTITIES.map((quantity): Target => {
    const worst = Math.max(...scores.map((each) => each.worst[quantity].error));
    return { what: quantity, target: `< ${LIMIT}`, measured: error(worst), met: worst < LIMIT };
  });
  const nonFinite = scores.reduce((total, each) => total + each.allNonFinite, 0);
  return [...errors, { what: 'NaN and infinity', target: '0', measured: String(nonFinite), met: nonFinite === 0 }];
}

function errorTable(scores: readonly [string, Score][]): Table {
  return {
    columns: ['what', ...QUANTITIES.flatMap((quantity) => [quantity, 'where'])],
    rows: scores.map(([name, { worst }]) => [
      name,
      ...QUANTITIES.flatMap((quantity) => {
        const { error: largest, at } = worst[quantity];
        return at === '' ? ['–', '–'] : [error(largest), at];
      }),
    ]),
  };
}

function nonFiniteTable(scores: readonly [string, Score][]): Table {
  return {
    caption: 'Results that are NaN or infinite:',
    columns: ['what', ...QUANTITIES],
    rows: scores.map(([name, { nonFinite }]) => [name, ...QUANTITIES.map((quantity) => String(nonFinite[quantity]))]),
  };
}

function error(value: number): string {
  return value.toPrecision(2);
}
