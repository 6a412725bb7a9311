import { type Alpha, sameAlpha } from '../hyper-parameters.ts';
import type { DifficultyHistogram } from '../service/evaluation.ts';
import type { NegativesAt } from '../service/start-source.ts';
import type { SweepPoint } from '../service/sweep.ts';
import { isNearHalf } from './near-half.ts';
import { sum } from './totals.ts';

/** From this p_t on, an element counts as easy. */
export const EASY_PT = 0.9;
/** "A few per cent": what easy negatives may keep, of the cross-entropy or of the gradient. */
export const FEW_PER_CENT = 0.05;
/** The γ that docs/tutorials/choosing-gamma.md compares, from the smallest. */
const GAMMAS = [0, 0.5, 1, 2, 3, 5];
/** With fewer effective examples than this part of the positives, steps are noisy. */
const FEW_EXAMPLES = 0.25;

/** A γ that was looked at, without α: what easy negatives have there. */
export interface EasyNegatives {
  readonly gamma: number;
  /** Their share of the batch's loss; at γ 0 that is cross-entropy. */
  readonly loss: number;
  readonly gradient: number;
}

export type Recommendation =
  | {
      readonly point: SweepPoint;
      /** Each γ that was looked at, up to the one that is recommended. */
      readonly tried: readonly EasyNegatives[];
      /** Whether cross-entropy leaves easy negatives so little that there is nothing to focus on. */
      readonly nothingToFocus: boolean;
      readonly hasFewExamples: boolean;
    }
  | { readonly point: null; readonly because: 'gamma'; readonly tried: readonly EasyNegatives[] }
  | {
      readonly point: null;
      readonly because: 'alpha';
      readonly nearest: SweepPoint;
      readonly tried: readonly EasyNegatives[];
    };

/**
 * Decides as docs/tutorials/choosing-gamma.md does. γ first, as little as is needed: 0 if easy negatives have only a few per cent of
 * the cross-entropy, otherwise the smallest that leaves them a few per cent of the gradient, without α. Then, at that γ, the α whose
 * positives have the share of the gradient that is nearest to one half.
 *
 * @param grid has the γ without α, too
 * @param positives how many positive elements the batch has
 */
export async function recommendStart(
  grid: readonly SweepPoint[],
  positives: number,
  negativesAt: NegativesAt,
): Promise<Recommendation> {
  const tried: EasyNegatives[] = [];
  for (const gamma of GAMMAS) {
    const withoutAlpha = findPoint(grid, gamma, null);
    if (!withoutAlpha) continue;
    const easy = easyNegatives(withoutAlpha, await negativesAt(gamma));
    tried.push(easy);
    const nothingToFocus = gamma === 0 && easy.loss < FEW_PER_CENT;
    if (!nothingToFocus && easy.gradient >= FEW_PER_CENT) continue;
    const nearest = nearestToHalf(grid.filter((point) => point.gamma === gamma));
    if (!nearest || !isNearHalf(nearest.positive_share.gradient_l1)) {
      return { point: null, because: 'alpha', nearest: nearest ?? withoutAlpha, tried };
    }
    const hasFewExamples = (nearest.effective_examples ?? 0) < FEW_EXAMPLES * positives;
    return { point: nearest, tried, nothingToFocus, hasFewExamples };
  }
  return { point: null, because: 'gamma', tried };
}

function easyNegatives({ gamma, positive_share: share }: SweepPoint, negatives: DifficultyHistogram): EasyNegatives {
  const easy = (bins: readonly number[] | null) => sum((bins ?? []).slice(Math.round(EASY_PT * (bins?.length ?? 0))));
  return {
    gamma,
    loss: (1 - (share.loss ?? 1)) * easy(negatives.loss),
    gradient: (1 - (share.gradient_l1 ?? 1)) * easy(negatives.gradient_l1),
  };
}

/** Of equals the first. */
function nearestToHalf(points: readonly SweepPoint[]): SweepPoint | undefined {
  const distance = ({ positive_share: { gradient_l1: share } }: SweepPoint) =>
    share === null ? Number.POSITIVE_INFINITY : Math.abs(share - 0.5);
  return points.toSorted((a, b) => distance(a) - distance(b))[0];
}

function findPoint(grid: readonly SweepPoint[], gamma: number, alpha: Alpha): SweepPoint | undefined {
  return grid.find((point) => point.gamma === gamma && sameAlpha(point.alpha, alpha));
}
