import type { Engine } from '../../src/engine/engine.ts';
import { totalOf } from '../../src/loss/class-sums.ts';
import type { Evaluation } from '../../src/loss/evaluation.ts';
import type { Child } from '../harness/child.ts';
import { decode, encode } from './base64-floats.ts';
import { rowMajor, softmaxBatch } from './softmax-batch.ts';
import type { LabelKind, SoftmaxRow } from './softmax-grid.ts';
import { sharesOf } from './softmax-truth.ts';

export interface SoftmaxValues {
  readonly loss: ArrayLike<number>;
  /** Row by row. */
  readonly gradient: ArrayLike<number>;
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
      gradient: rowMajor(arrays.gradients!, rows.length, batch.layout.classes, channelsFirst),
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
    const gradient: number[] = [];
    for (const row of rows) {
      const copies = new Array<SoftmaxRow>(COPIES).fill(row);
      const batch = softmaxBatch(copies, kind, gamma, { channelsFirst, outputs: ['loss', 'gradients', 'per_class'] });
      const { arrays, sums } = (await engine.evaluate(batch)) as Evaluation;
      loss.push(totalOf(sums, 'loss') / COPIES);
      gradient.push(...worstCopy(rowMajor(arrays.gradients!, COPIES, batch.layout.classes, channelsFirst)));
    }
    return { loss, gradient };
  };
}

/** All copies have the same gradients, unless vectors and the remainder differ: then what is farthest from the first. */
function worstCopy(gradients: Float32Array): Float32Array {
  const classes = gradients.length / COPIES;
  return gradients.subarray(0, classes).map((first, c) => {
    let farthest = first;
    for (let at = c; at < gradients.length; at += classes) {
      if (Math.abs(gradients[at]! - first) > Math.abs(farthest - first)) farthest = gradients[at]!;
    }
    return farthest;
  });
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
    return { loss: decode(answer.loss), gradient: decode(answer.gradient) };
  };
}
