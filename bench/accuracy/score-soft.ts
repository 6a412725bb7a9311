import type { Engine } from '../../src/engine/engine.ts';
import type { Competitors } from './competitors.ts';
import { Score, type Scores } from './score.ts';
import { type EvaluateSoft, SOFT_PATHS, softCompetitor, softEngine } from './soft-evaluators.ts';
import { SOFT_KINDS, type SoftKind, softLogits, softTruth } from './soft-grid.ts';

export const SOFT_NOTES =
  `Sigmoid, soft labels: ${softLogits().length} of these logits; y ∈ {${SOFT_KINDS[0]!.labels.map((y) => Number(y.toPrecision(7))).join(', ')}}, ` +
  'the same γ (quality: those that it allows), or hard labels smoothed by 0.1. The libraries have the interpolated form ' +
  'alone, and get smoothed labels.';

/** Over logits, gammas and labels, for every form of soft labels. */
export async function scoreSoft(engine: Engine, competitors: Competitors): Promise<Scores> {
  const scores: Record<string, Score> = {};
  for (const kind of SOFT_KINDS) {
    for (const path of SOFT_PATHS) {
      scores[`this service, ${kind.name}, ${path}`] = await score(softEngine(engine, path), [kind]);
    }
  }
  const interpolated = SOFT_KINDS.filter(({ form }) => form === 'interpolated');
  for (const [name, child] of Object.entries(competitors))
    scores[name] = await score(softCompetitor(child), interpolated);
  return scores;
}

async function score(evaluate: EvaluateSoft, kinds: readonly SoftKind[]): Promise<Score> {
  const result = new Score();
  const logits = softLogits();
  for (const kind of kinds) {
    for (const gamma of kind.gammas) {
      for (const label of kind.labels) {
        const { loss, gradient } = await evaluate(logits, label, gamma, kind);
        const truth = softTruth(logits, label, gamma, kind);
        const y = `${Number(label.toPrecision(7))}${kind.smoothing > 0 ? ' smoothed' : ''}`;
        const whereOf = (i: number) => `x = ${logits[i]!.toPrecision(4)}, γ ${gamma}, y ${y}`;
        if (loss) result.add('loss', loss, truth.loss, whereOf);
        result.add('gradient', gradient!, truth.gradient, whereOf);
      }
    }
  }
  return result;
}
