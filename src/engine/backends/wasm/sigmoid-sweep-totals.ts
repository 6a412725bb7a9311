import { SUMS_PER_CLASS } from '../../../loss/class-sums.ts';
import type { HyperParameters } from '../../../loss/hyper-parameters.ts';
import type { KernelOptions } from '../../kernel.ts';

// As assembly/sigmoid-sweep/sweep-params.ts has them: the sums of four lanes, in numbers.
const SHARED_SUMS = 4 * 2 * 4;
const SUMS_OF_GAMMA = { hard: 3 * 2 * 4, interpolated: 7 * 2 * 4, quality: 7 * 2 * 4, termwise: 2 * 2 * 4 } as const;
/** Of γ with an α, of termwise labels. */
const SUMS_OF_PAIR = 2 * 2 * 4;

/** From the sums of positives to those of negatives. */
const SIDE = 4;

/** What terms of hard labels are multiplied by. */
const TERM_SCALE = 2 ** 32;

/** The sums that the kernel adds up. */
export interface LaneSums {
  readonly options: KernelOptions;
  readonly parts: number;
  /** How many different γ there are. */
  readonly gammas: number;
  readonly form: keyof typeof SUMS_OF_GAMMA;
  /** How many pairs of γ and α have sums of their own. */
  readonly pairs: number;
}

/** Whether lanes are samples of a class, whose sums are added up, and not classes of a sample. */
export function lanesAreSamples({ layout: { classes, inner } }: Pick<KernelOptions, 'layout'>): boolean {
  return inner > 1 || classes === 1;
}

/** How many numbers there are for each part. */
export function laneSumsLength(sums: Omit<LaneSums, 'parts'>): number {
  const { classes } = sums.options.layout;
  return (lanesAreSamples(sums.options) ? classes : Math.ceil(classes / 4)) * setSize(sums);
}

/** How many there are for four lanes. */
function setSize({ gammas, form, pairs }: Omit<LaneSums, 'parts'>): number {
  return SHARED_SUMS + gammas * SUMS_OF_GAMMA[form] + pairs * SUMS_OF_PAIR;
}

/** One evaluation: the index of its γ, its α, and its index among the pairs. */
export interface SweptEvaluation {
  readonly gamma: number;
  readonly alpha: HyperParameters['alpha'];
  readonly position: number;
}

/** Writes the sums of each evaluation, `[evaluations, parts, classes, 14]`, with its α. */
export function writeTotals(
  totals: Float64Array,
  lanes: Float64Array,
  sums: LaneSums,
  evaluations: readonly SweptEvaluation[],
): void {
  const { options, parts, gammas, form } = sums;
  const { classes } = options.layout;
  const size = setSize(sums);
  const partSize = laneSumsLength(sums);
  const areSamples = lanesAreSamples(options);
  const unscale = form === 'hard' ? 1 / TERM_SCALE : 1;
  let to = 0;
  for (const { gamma, alpha, position } of evaluations) {
    for (let part = 0; part < parts; part++) {
      for (let c = 0; c < classes; c++) {
        const set = part * partSize + (areSamples ? c * size : (c >> 2) * size + (c & 3));
        const ofYes = alpha.positive[c]!;
        const ofNo = alpha.negative[c]!;
        for (let side = 0; side < 2; side++) {
          const shared = set + SIDE * side;
          const own = shared + SHARED_SUMS + SUMS_OF_GAMMA[form] * gamma;
          if (form === 'hard') {
            const weight = (side === 0 ? ofYes : ofNo) * unscale;
            totals[to] = weight * read(lanes, areSamples, own);
            totals[to + 2] = weight * read(lanes, areSamples, own + 8);
            totals[to + 6] = weight * weight * read(lanes, areSamples, own + 16);
          } else {
            totals[to] = ofYes * read(lanes, areSamples, own) + ofNo * read(lanes, areSamples, own + 8);
            if (form === 'termwise') {
              const pair = shared + SHARED_SUMS + SUMS_OF_GAMMA[form] * gammas + SUMS_OF_PAIR * position;
              totals[to + 2] = read(lanes, areSamples, pair);
              totals[to + 6] = read(lanes, areSamples, pair + 8);
            } else {
              totals[to + 2] = ofYes * read(lanes, areSamples, own + 16) + ofNo * read(lanes, areSamples, own + 24);
              totals[to + 6] =
                ofYes * ofYes * read(lanes, areSamples, own + 32) +
                2 * ofYes * ofNo * read(lanes, areSamples, own + 40) +
                ofNo * ofNo * read(lanes, areSamples, own + 48);
            }
          }
          totals[to + 1] = options.classWeights[c]! * unscale * read(lanes, areSamples, shared);
          totals[to + 3] = read(lanes, areSamples, shared + 8);
          totals[to + 4] = read(lanes, areSamples, shared + 16);
          totals[to + 5] = read(lanes, areSamples, shared + 24);
          to += SUMS_PER_CLASS / 2;
        }
      }
    }
  }
}

/** The sum of a class; a function of its own, which takes less time than one that captures what it reads. */
function read(lanes: Float64Array, areSamples: boolean, at: number): number {
  return areSamples ? lanes[at]! + lanes[at + 1]! + (lanes[at + 2]! + lanes[at + 3]!) : lanes[at]!;
}
