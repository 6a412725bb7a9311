import type { Child } from '../harness/child.ts';
import { startCompetitor, versionsOf } from '../harness/competitor.ts';
import { GAMMAS, gridLogits, truthOf } from './grid.ts';
import { Score } from './score.ts';
import { SOFT_KINDS, smoothed, softLogits, softTruth } from './soft-grid.ts';
import { MEANINGS, SOFTMAX_CLASSES, SOFTMAX_GAMMAS, sharesOf, softmaxRows } from './softmax-grid.ts';
import { softmaxTruth } from './softmax-truth.ts';

export interface TruthCheck {
  readonly points: number;
  /** The worst error of the float64 reference, measured as everywhere in this benchmark. */
  readonly worst: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** Holds the float64 reference against 60-digit arithmetic at a sample of all grids. */
export async function checkTruth(): Promise<TruthCheck> {
  const score = new Score();
  const checks = { 'truth.py': checkHard, 'truth_soft.py': checkSoft, 'truth_softmax.py': checkSoftmax };
  const competitors: Child[] = [];
  let points = 0;
  for (const [script, check] of Object.entries(checks)) {
    const competitor = await startCompetitor(script);
    competitors.push(competitor);
    points += await check(competitor, score);
    await competitor.stop();
  }
  if (score.allNonFinite > 0) throw new Error('the float64 reference has results that are not finite');
  const worst = Math.max(...Object.values(score.worst).map(({ error }) => error));
  return { points, worst, versions: versionsOf(...competitors) };
}

/** Every so many logits; together with the gammas a few thousand points. */
const HARD_STRIDE = 41;

async function checkHard(competitor: Child, score: Score): Promise<number> {
  const logits = gridLogits().filter((_, i) => i % HARD_STRIDE === 0);
  for (const gamma of GAMMAS) {
    const truth = truthOf(logits, 1, gamma);
    const { terms } = await competitor.ask({ points: Array.from(logits, (logit) => [logit, gamma]) });
    const of = (field: number) => (terms as number[][]).map((each) => each[field]!);
    const at = (i: number) => `x = ${logits[i]}`;
    score.add('loss', truth.loss, { values: of(0) }, at);
    score.add('gradient', truth.gradient, { values: of(1) }, at);
    score.add('hessian', truth.hessian, { values: of(2), scale: of(3) }, at);
  }
  return logits.length * GAMMAS.length;
}

const SOFT_STRIDE = 67;

async function checkSoft(competitor: Child, score: Score): Promise<number> {
  const logits = softLogits().filter((_, i) => i % SOFT_STRIDE === 0);
  let points = 0;
  for (const kind of SOFT_KINDS) {
    for (const gamma of kind.gammas) {
      for (const label of kind.labels) {
        const truth = softTruth(logits, label, gamma, kind);
        const asked = Array.from(logits, (logit) => [logit, smoothed(label, kind.smoothing), gamma]);
        const { terms } = await competitor.ask({ form: kind.form, points: asked });
        const of = (field: number) => (terms as number[][]).map((each) => each[field]!);
        const at = (i: number) => `x = ${logits[i]}`;
        score.add('loss', truth.loss.values, { values: of(0) }, at);
        score.add('gradient', truth.gradient.values, { values: of(1), scale: truth.gradient.scale }, at);
        points += logits.length;
      }
    }
  }
  return points;
}

/** So many rows for each number of classes and each kind of label; a prime, so that every position has its turn. */
const SOFTMAX_STRIDE = 11;

async function checkSoftmax(competitor: Child, score: Score): Promise<number> {
  let points = 0;
  for (const classes of SOFTMAX_CLASSES) {
    const rows = softmaxRows(classes).filter((_, i) => i % SOFTMAX_STRIDE === 0);
    for (const kind of MEANINGS) {
      const truths = SOFTMAX_GAMMAS.map((gamma) => softmaxTruth(rows, kind, gamma));
      for (const [r, row] of rows.entries()) {
        const asked = { logits: [...row.logits], shares: [...sharesOf(row, kind)], gammas: SOFTMAX_GAMMAS };
        const { rows: wanted } = await competitor.ask(asked);
        for (const [g, [loss, gradient]] of (wanted as [number, number[]][]).entries()) {
          const truth = truths[g]!;
          const ofRow = (values: ArrayLike<number>) => Array.from(values).slice(r * classes, (r + 1) * classes);
          const at = () => row.where;
          score.add('loss', [truth.loss.values[r]!], { values: [loss] }, at);
          const expected = { values: gradient, scale: ofRow(truth.gradient.scale) };
          score.add('gradient', ofRow(truth.gradient.values), expected, at);
          points += 1 + classes;
        }
      }
    }
  }
  return points;
}
