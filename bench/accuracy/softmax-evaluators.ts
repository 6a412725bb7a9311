import type { Engine } from '../../src/engine/engine.ts';
import { totalOf } from '../../src/loss/class-sums.ts';
import type { Evaluation } from '../../src/loss/evaluation.ts';
import type { Child } from '../harness/child.ts';
import { decode, encode } from './base64-floats.ts';
import { rowMajor, softmaxBatch } from './softmax-batch.ts';
import { type LabelKind, type SoftmaxRow, sharesOf } from './softmax-grid.ts';

export interface SoftmaxValues {
  readonly loss: ArrayLike<number>;
  /** Row by row; more than once if an evaluation may compute the same row in several ways. */
  readonly gradients: readonly ArrayLike<number>[];
}

export type EvaluateSoftmax = (rows: readonly SoftmaxRow[], kind: LabelKind, gamma: number) => Promise<SoftmaxValues>;

export const LAYOUTS = { 'classes last': false, 'classes first': true } as const;

/** Everything in one batch, with the losses of the rows. */
export function rowLosses(engine: Engine, channelsFirst: boolean): EvaluateSoftmax {
  return async (rows, kind, gamma) => {
    const batch = softmaxBatch(rows, kind, gamma, { channelsFirst, outputs: ['elementwise', 'gradients'] });
    const { arrays } = (await engine.evaluate(batch)) as Evaluation;
    return {
      loss: arrays.elementwise!,
      gradients: [rowMajor(arrays.gradients!, rows.length, batch.layout.classes, channelsFirst)],
    };
  };
}

/** So many rows fill vectors and leave a remainder. */
const COPIES = 9;

/**
 * What training asks for: only loss, gradients and breakdown, which the engine may compute otherwise. A row's loss is that
 * of a batch of copies of it.
 */
export function training(engine: Engine, channelsFirst: boolean): EvaluateSoftmax {
  return async (rows, kind, gamma) => {
    const loss: number[] = [];
    const inVectors: number[] = [];
    const ofRemainder: number[] = [];
    for (const row of rows) {
      const copies = new Array<SoftmaxRow>(COPIES).fill(row);
      const batch = softmaxBatch(copies, kind, gamma, { channelsFirst, outputs: ['loss', 'gradients', 'per_class'] });
      const { arrays, sums } = (await engine.evaluate(batch)) as Evaluation;
      loss.push(totalOf(sums, 'loss') / COPIES);
      const { classes } = batch.layout;
      const gradients = rowMajor(arrays.gradients!, COPIES, classes, channelsFirst);
      inVectors.push(...gradients.subarray(0, classes));
      ofRemainder.push(...gradients.subarray(-classes));
    }
    return { loss, gradients: [inVectors, ofRemainder] };
  };
}

/** A library in Python. */
export function softmaxCompetitor(competitor: Child): EvaluateSoftmax {
  return async (rows, kind, gamma) => {
    const join = (values: readonly ArrayLike<number>[]) =>
      Float32Array.from(values.flatMap((each) => [...Array.from(each)]));
    const answer = await competitor.ask({
      classes: rows[0]!.logits.length,
      logits: encode(join(rows.map(({ logits }) => logits))),
      labels: encode(join(rows.map((row) => sharesOf(row, kind)))),
      hard: kind === 'class indices',
      gamma,
    });
    return { loss: decode(answer.loss), gradients: [decode(answer.gradient)] };
  };
}
