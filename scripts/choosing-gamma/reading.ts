import { readFileSync } from 'node:fs';
import type { ClassBreakdown, ClassCounts, Difficulty, SummaryFields } from '../../src/loss/result.ts';
import type { SweepPoint } from '../../src/loss/sweep-result.ts';
import { type LossCurve, lossCurve, sideLosses } from './loss-curve.ts';

export const GAMMAS = [0, 0.5, 1, 2, 3, 5] as const;
/** Those of figure 4 in the paper. */
export const FIGURE_GAMMAS = [0, 0.5, 1, 2] as const;
export const ALPHAS = [0.1, 0.25, 0.5, 0.75, 0.9, { balanced: true }] as const;
/** What the page arrives at. */
export const CHOSEN = { gamma: 2, alpha: 0.25 } as const;

const BATCH = new URL('../../src/explorer/samples/coins-detection.json', import.meta.url);

export interface Evaluation {
  readonly counts: SummaryFields['counts'];
  readonly per_class: readonly ClassBreakdown[];
  readonly difficulty: Difficulty;
}

/** Without alpha. */
export interface OfGamma extends Evaluation {
  readonly positives: LossCurve;
  readonly negatives: LossCurve;
}

/** What the page is written from: the service's responses to one batch. */
export interface Reading {
  readonly byGamma: ReadonlyMap<number, OfGamma>;
  readonly chosen: Evaluation;
  readonly sweep: { readonly classes: readonly ClassCounts[]; readonly grid: readonly SweepPoint[] };
}

/** @param service its origin, where it is ready */
export async function readBatch(service: string): Promise<Reading> {
  const batch = JSON.parse(readFileSync(BATCH, 'utf8'));
  const post = async <Body>(path: string, options: object): Promise<Body> => {
    const response = await fetch(`${service}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...batch, ...options }),
    });
    if (!response.ok) throw new Error(await response.text());
    return response.json() as Promise<Body>;
  };

  const byGamma = new Map<number, OfGamma>();
  for (const gamma of GAMMAS) {
    const outputs = ['per_class', 'difficulty', 'elementwise'];
    const { elementwise, ...evaluation } = await post<Evaluation & { readonly elementwise: number[][] }>(
      '/v1/focal-loss',
      { gamma, alpha: null, outputs },
    );
    const { positives, negatives } = sideLosses(elementwise, batch.labels, batch.ignore_index);
    byGamma.set(gamma, { ...evaluation, positives: lossCurve(positives), negatives: lossCurve(negatives) });
  }
  return {
    byGamma,
    chosen: await post('/v1/focal-loss', { ...CHOSEN, outputs: ['per_class', 'difficulty'] }),
    sweep: await post('/v1/focal-loss/sweep', { gammas: GAMMAS, alphas: [null, ...ALPHAS] }),
  };
}

type Quantity = 'cross_entropy' | 'loss' | 'gradient_l1';

/** What a side's elements with p_t in bins `from` up to, not including, `to` have of the whole batch's quantity. */
export function partOf(
  { difficulty, per_class: classes }: Evaluation,
  side: 'positive' | 'negative',
  quantity: Quantity,
  [from, to]: readonly [from: number, to: number] = [0, 20],
): number {
  const bins = difficulty[`${side}s`][quantity] ?? [];
  const ofSide = sum(classes.map((row) => row[quantity][side])) / sum(classes.map((row) => row[quantity].total));
  return sum(bins.slice(from, to)) * ofSide;
}

/** With alpha, or without where it is null. */
export function pointOf({ sweep }: Reading, gamma: number, alpha: (typeof ALPHAS)[number] | null): SweepPoint {
  const point = sweep.grid.find((each) => each.gamma === gamma && JSON.stringify(each.alpha) === JSON.stringify(alpha));
  if (!point) throw new Error(`the sweep has no gamma ${gamma} with alpha ${JSON.stringify(alpha)}`);
  return point;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
