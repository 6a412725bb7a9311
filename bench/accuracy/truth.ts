import { startCompetitor, versionsOf } from '../harness/competitor.ts';
import { GAMMAS, gridLogits, type Truth, truthOf } from './grid.ts';

/** Every so many logits; together with the gammas a few thousand points. */
const STRIDE = 41;
const SMALLEST_NORMAL = 2 ** -126;

export interface TruthCheck {
  readonly points: number;
  /** The worst relative error of the float64 reference, the Hessian's as everywhere in this benchmark. */
  readonly worst: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** Holds the float64 reference against 60-digit arithmetic at a sample of the grid. */
export async function checkTruth(): Promise<TruthCheck> {
  const competitor = await startCompetitor('truth.py');
  const logits = gridLogits().filter((_, i) => i % STRIDE === 0);
  let worst = 0;
  for (const gamma of GAMMAS) {
    const truth = truthOf(logits, 1, gamma);
    const points = Array.from(logits, (logit) => [logit, gamma]);
    const { terms } = await competitor.ask({ points });
    (terms as number[][]).forEach((wanted, i) => {
      worst = Math.max(worst, errorAt(truth, i, wanted));
    });
  }
  await competitor.stop();
  return { points: logits.length * GAMMAS.length, worst, versions: versionsOf(competitor) };
}

function errorAt(truth: Truth, i: number, [loss, gradient, hessian, scale]: readonly number[]): number {
  const pairs = [
    [truth.loss[i]!, loss!, loss!],
    [truth.gradient[i]!, gradient!, gradient!],
    [truth.hessian[i]!, hessian!, scale!],
  ] as const;
  return Math.max(
    ...pairs.map(([got, wanted, size]) =>
      Math.abs(wanted) < SMALLEST_NORMAL ? 0 : Math.abs(got - wanted) / Math.abs(size),
    ),
  );
}
