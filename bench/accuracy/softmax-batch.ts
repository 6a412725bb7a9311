import { unpooled } from '../../src/core/allocator.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { type Output, optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { type LabelKind, SMOOTHING, type SoftmaxRow, sharesOf } from './softmax-grid.ts';

export interface SoftmaxLayout {
  /** `[1, classes, rows]` and not `[rows, classes]`. */
  readonly channelsFirst: boolean;
  readonly outputs: readonly Output[];
}

/** Rows as a batch, not reduced. */
export function softmaxBatch(
  rows: readonly SoftmaxRow[],
  kind: LabelKind,
  gamma: number,
  { channelsFirst, outputs }: SoftmaxLayout,
): Batch {
  const classes = rows[0]!.logits.length;
  const shape = channelsFirst ? [1, classes, rows.length] : [rows.length, classes];
  const dense = (of: (row: SoftmaxRow) => Float32Array) => {
    const values = unpooled.float32(rows.length * classes);
    rows.forEach((row, r) => {
      of(row).forEach((value, c) => {
        values[elementAt(r, c, rows.length, classes, channelsFirst)] = value;
      });
    });
    return { shape, values };
  };
  return prepareBatch(
    optionsSchema.parse({
      activation: 'softmax',
      reduction: 'none',
      class_axis: 1,
      outputs,
      label_smoothing: kind === 'smoothing' ? SMOOTHING : 0,
    }),
    {
      source: 'logits',
      predictions: { format: 'F32', ...dense(({ logits }) => logits) },
      labels:
        kind === 'soft labels' || kind === 'one-hot labels'
          ? dense((row) => Float32Array.from(sharesOf(row, kind)))
          : {
              shape: channelsFirst ? [1, rows.length] : [rows.length],
              values: Int32Array.from(rows, ({ trueClass }) => trueClass),
            },
      gamma,
    },
  );
}

/** Gradients row by row, whatever the layout. */
export function rowMajor(gradients: Float32Array, rows: number, classes: number, channelsFirst: boolean): Float32Array {
  return gradients.map((_, i) => {
    const [r, c] = [Math.floor(i / classes), i % classes];
    return gradients[elementAt(r, c, rows, classes, channelsFirst)]!;
  });
}

function elementAt(row: number, classIndex: number, rows: number, classes: number, channelsFirst: boolean): number {
  return channelsFirst ? classIndex * rows + row : row * classes + classIndex;
}
