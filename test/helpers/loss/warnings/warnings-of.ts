import type { Batch } from '../../../../src/loss/batch.ts';
import { totalOf } from '../../../../src/loss/class-sums.ts';
import { optionsSchema } from '../../../../src/loss/options.ts';
import { prepareBatch } from '../../../../src/loss/prepare-batch.ts';
import { findWarnings } from '../../../../src/loss/warnings/find-warnings.ts';
import type { Warning, WarningCode } from '../../../../src/loss/warnings/warning.ts';
import { referenceEvaluation } from '../../engine/batches.ts';
import type { GeneratedBatch } from './sane-batches.ts';

const IGNORE = -100;
const BACKGROUND = -1;

/** The codes of the warnings about a batch, decided from its evaluation by the reference. */
export function warningsOf(batch: Batch): WarningCode[] {
  return evaluatedWarnings(batch).map(({ code }) => code);
}

export function evaluatedWarnings(batch: Batch): Warning[] {
  const { sums } = referenceEvaluation(batch);
  return findWarnings(batch, { sums, loss: totalOf(sums, 'loss') });
}

/** @param dense labels by sample and class instead of the targets, if the form is dense */
export function batchOfGenerated(generated: GeneratedBatch, labels = denseLabels(generated)): Batch {
  const { activation, logits, targets, form, images, ignored } = generated;
  const samples = logits.length;
  const classes = logits[0]!.length;
  const isMap = images !== undefined;
  const order = isMap ? channelsFirst(samples, classes, images) : undefined;
  const flat = (rows: readonly (readonly number[])[]) => {
    const values = rows.flat();
    return order ? order.map((at) => values[at]!) : values;
  };
  const shape = isMap ? [images, classes, samples / images] : [samples, classes];
  const indices = targets.map((target, i) => (ignored.has(i) ? IGNORE : ([...target][0] ?? BACKGROUND)));
  const options = optionsSchema.parse({
    activation,
    outputs: ['loss', 'per_class'],
    ...(isMap && { class_axis: 1 }),
    ...(activation === 'sigmoid' && form === 'indices' && { background_index: BACKGROUND }),
  });
  return prepareBatch(options, {
    source: 'logits',
    predictions: { shape, format: 'F32', values: Float32Array.from(flat(logits)) },
    labels:
      form === 'indices'
        ? { shape: isMap ? [images, samples / images] : [samples], values: Int32Array.from(indices) }
        : { shape, values: Float64Array.from(flat(labels)) },
  });
}

export function denseLabels({ logits, targets, ignored }: GeneratedBatch): number[][] {
  return logits.map((row, i) => row.map((_, c) => (ignored.has(i) ? IGNORE : Number(targets[i]!.has(c)))));
}

/** Where each element of `[images, classes, pixels]` is in `[images, pixels, classes]`. */
function channelsFirst(samples: number, classes: number, images: number): number[] {
  const pixels = samples / images;
  return Array.from({ length: samples * classes }, (_, at) => {
    const pixel = at % pixels;
    const c = Math.floor(at / pixels) % classes;
    const image = Math.floor(at / (pixels * classes));
    return (image * pixels + pixel) * classes + c;
  });
}
