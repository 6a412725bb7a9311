import type { Engine } from '../../src/engine/engine.ts';
import type { Competitors } from './competitors.ts';
import { Score, type Scores } from './score.ts';
import { type EvaluateSoftmax, LAYOUTS, rowLosses, softmaxCompetitor, training } from './softmax-evaluators.ts';
import { LABEL_KINDS, type LabelKind, MEANINGS, SOFTMAX_CLASSES, SOFTMAX_GAMMAS, softmaxRows } from './softmax-grid.ts';
import { softmaxTruth } from './softmax-truth.ts';

export const SOFTMAX_NOTES =
  `Softmax: ${SOFTMAX_CLASSES.join(', ')} classes, ${softmaxRows(2).length} samples each: gaps from 1e−7 to 1e4 with the true ` +
  'class t the largest, the smallest or level with another one, and the remaining classes one gap below the top or one to two; ' +
  `γ ∈ {${SOFTMAX_GAMMAS.join(', ')}}, α off. Soft labels range from nearly even to nearly hard; smoothing is 0.1. PyTorch: ` +
  '`cross_entropy` for class indices, `log_softmax` for other labels.';

/** Over gaps, positions of the true class, numbers of classes and gammas, for every kind of label and both layouts. */
export async function scoreSoftmax(engine: Engine, { optax: _, ...competitors }: Competitors): Promise<Scores> {
  const theirs = Object.entries(competitors).map(([name, child]) => new Scored(name, softmaxCompetitor(child)));
  const ours: Scored[] = [];
  for (const kind of LABEL_KINDS) {
    const ways = enginePaths(engine, kind);
    ours.push(...ways);
    await scoreKind(MEANINGS.includes(kind) ? [...ways, ...theirs] : ways, kind);
  }
  return Object.fromEntries([...ours, ...theirs].map(({ name, score }) => [name, score]));
}

/** An implementation and its score so far. */
class Scored {
  readonly score = new Score();
  readonly name: string;
  readonly evaluate: EvaluateSoftmax;

  constructor(name: string, evaluate: EvaluateSoftmax) {
    this.name = name;
    this.evaluate = evaluate;
  }
}

/** The ways into the engine that may differ in code. */
function enginePaths(engine: Engine, kind: LabelKind): Scored[] {
  return Object.entries(LAYOUTS).flatMap(([layout, channelsFirst]) =>
    Object.entries({ 'losses by row': rowLosses, training }).map(
      ([path, evaluator]) => new Scored(`this service, ${kind}, ${layout}, ${path}`, evaluator(engine, channelsFirst)),
    ),
  );
}

async function scoreKind(implementations: readonly Scored[], kind: LabelKind): Promise<void> {
  for (const classes of SOFTMAX_CLASSES) {
    const rows = softmaxRows(classes);
    for (const gamma of SOFTMAX_GAMMAS) {
      const truth = softmaxTruth(rows, kind, gamma);
      for (const { score, evaluate } of implementations) {
        const { loss, gradients } = await evaluate(rows, kind, gamma);
        score.add('loss', loss, truth.loss, (i) => `${rows[i]!.where}, γ ${gamma}`);
        const place = (i: number) => `${rows[Math.floor(i / classes)]!.where}, γ ${gamma}`;
        for (const gradient of gradients) score.add('gradient', gradient, truth.gradient, place);
      }
    }
  }
}
