import type { Engine } from '../../src/engine/engine.ts';
import type { Competitors } from './competitors.ts';
import { competitorEvaluator, type Evaluate, enginePaths } from './evaluators.ts';
import { extremeLogits, GAMMAS, gridLogits, LABELS, QUANTITIES, truthOf } from './grid.ts';
import { Score, type Scores } from './score.ts';

export const HARD_NOTES =
  `Sigmoid, hard labels: ${gridLogits().length} logits from −1e4 to 1e4, and the smallest and the largest float32 of every ` +
  `exponent; both labels, γ ∈ {${GAMMAS.join(', ')}}, α off. The two terms of the Hessian ` +
  'are p q^γ (1 + 2γ) q and p q^γ γ (q − γ p) log p.';

/** Over logits, gammas and both labels. */
export async function scoreHard(engine: Engine, competitors: Competitors): Promise<Scores> {
  const scores: Record<string, Score> = {};
  for (const [path, evaluate] of Object.entries(enginePaths(engine))) {
    scores[`this service, ${path}`] = await score(evaluate);
  }
  for (const [name, child] of Object.entries(competitors)) scores[name] = await score(competitorEvaluator(child));
  return scores;
}

async function score(evaluate: Evaluate): Promise<Score> {
  const result = new Score();
  for (const logits of [gridLogits(), extremeLogits()]) {
    for (const gamma of GAMMAS) {
      for (const label of LABELS) {
        const given = await evaluate(logits, label, gamma);
        const { hessianScale, ...truth } = truthOf(logits, label, gamma);
        const whereOf = (i: number) => `x = ${logits[i]!.toPrecision(4)}, γ ${gamma}, y ${label}`;
        for (const quantity of QUANTITIES) {
          const values = given[quantity];
          const expected = { values: truth[quantity], ...(quantity === 'hessian' && { scale: hessianScale }) };
          if (values) result.add(quantity, values, expected, whereOf);
        }
      }
    }
  }
  return result;
}
