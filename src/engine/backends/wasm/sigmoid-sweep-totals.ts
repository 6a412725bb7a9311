import { SUMS_PER_CLASS } from '../../../loss/class-sums.ts';
import type { HyperParameters } from '../../../loss/hyper-parameters.ts';
import type { KernelOptions } from '../../kernel.ts';

// As assembly/sigmoid-sweep/sweep-params.ts has them: the sums of four lanes, in numbers.
const SHARED_SUMS = 4 * 2 * 4;
const HARD_SUMS = 3 * 2 * 4;
const SOFT_SUMS = 7 * 2 * 4;

/** What terms of hard labels are multiplied by. */
const TERM_SCALE = 2 ** 32;

/** The sums that the kernel adds up. */
export interface LaneSums {
  readonly options: KernelOptions;
  readonly parts: number;
  /** How many different γ there are. */
  readonly gammas: number;
  readonly isSoft: boolean;
}

/** Whether lanes are samples of a class, whose sums are added up, and not classes of a sample. */
export function lanesAreSamples({ layout: { classes, inner } }: Pick<KernelOptions, 'layout'>): boolean {
  return inner > 1 || classes === 1;
}

/** How many numbers there are for each part. */
export function laneSumsLength({ options, gammas, isSoft }: Omit<LaneSums, 'parts'>): number {
  const { classes } = options.layout;
  const sets = lanesAreSamples(options) ? classes : Math.ceil(classes / 4);
  return sets * (SHARED_SUMS + gammas * (isSoft ? SOFT_SUMS : HARD_SUMS));
}

/** One evaluation: the index of its γ, and its α. */
export interface SweptEvaluation {
  readonly gamma: number;
  readonly alpha: HyperParameters['alpha'];
}

/** Writes the sums of each evaluation, `[evaluations, parts, classes, 14]`, with its α. */
export function writeTotals(
  totals: Float64Array,
  lanes: Float64Array,
  sums: LaneSums,
  evaluations: readonly SweptEvaluation[],
): void {
  const { options, parts, gammas, isSoft } = sums;
  const { classes } = options.layout;
  const evaluationSums = isSoft ? SOFT_SUMS : HARD_SUMS;
  const setSize = SHARED_SUMS + evaluationSums * gammas;
  const partSize = laneSumsLength(sums);
  const areSamples = lanesAreSamples(options);
  const read = (at: number) =>
    areSamples ? lanes[at]! + lanes[at + 1]! + (lanes[at + 2]! + lanes[at + 3]!) : lanes[at]!;
  const unscale = isSoft ? 1 : 1 / TERM_SCALE;
  let to = 0;
  for (const { gamma, alpha } of evaluations) {
    for (let part = 0; part < parts; part++) {
      for (let c = 0; c < classes; c++) {
        const set = part * partSize + (areSamples ? c * setSize : Math.floor(c / 4) * setSize + (c % 4));
        const ofYes = alpha.positive[c]!;
        const ofNo = alpha.negative[c]!;
        for (const side of SIDES) {
          const shared = set + side.offset;
          const own = shared + SHARED_SUMS + evaluationSums * gamma;
          if (isSoft) {
            totals[to] = ofYes * read(own) + ofNo * read(own + 8);
            totals[to + 2] = ofYes * read(own + 16) + ofNo * read(own + 24);
            totals[to + 6] =
              ofYes * ofYes * read(own + 32) + 2 * ofYes * ofNo * read(own + 40) + ofNo * ofNo * read(own + 48);
          } else {
            const weight = (side.isPositive ? ofYes : ofNo) * unscale;
            totals[to] = weight * read(own);
            totals[to + 2] = weight * read(own + 8);
            totals[to + 6] = weight * weight * read(own + 16);
          }
          totals[to + 1] = options.classWeights[c]! * unscale * read(shared);
          totals[to + 3] = read(shared + 8);
          totals[to + 4] = read(shared + 16);
          totals[to + 5] = read(shared + 24);
          to += SUMS_PER_CLASS / 2;
        }
      }
    }
  }
}

const SIDES = [
  { isPositive: true, offset: 0 },
  { isPositive: false, offset: 4 },
] as const;
