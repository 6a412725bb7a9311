import type { Batch } from '../../../../src/loss/batch.ts';
import type { WarningCode } from '../../../../src/loss/warnings/warning.ts';
import { logitsOf, STAGES } from './model-stages.ts';
import type { RandomSource } from './random-source.ts';
import { type GeneratedBatch, saneBatch } from './sane-batches.ts';
import { batchOfGenerated, denseLabels } from './warnings-of.ts';

/** A batch with a mistake in it. */
export interface Mistake {
  readonly code: WarningCode;
  readonly make: (random: RandomSource) => Batch;
  /** The part of such batches that are warned of, at least. */
  readonly rate: number;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

export const MISTAKES: Readonly<Record<string, Mistake>> = {
  'the output of a softmax': {
    code: 'probabilities_as_logits',
    rate: 1,
    make: (random) => {
      const batch = classification(random, 2, random.size(1, 256), random.pick(STAGES));
      return batchOfGenerated({ ...batch, activation: 'softmax', logits: batch.logits.map(softmax) });
    },
  },
  'the output of a softmax, under sigmoid': {
    code: 'probabilities_as_logits',
    rate: 1,
    make: (random) => {
      const batch = classification(random, 2, random.size(1, 256), 'trained');
      return batchOfGenerated({ ...batch, activation: 'sigmoid', logits: batch.logits.map(softmax) });
    },
  },
  'the output of a sigmoid of a trained model': {
    code: 'probabilities_as_logits',
    rate: 0.8,
    make: (random) => {
      const batch = saneWhere(random, 'trained', (b) => b.activation === 'sigmoid' && b.logits.flat().length >= 12);
      return batchOfGenerated({ ...batch, logits: batch.logits.map((row) => row.map(sigmoid)) });
    },
  },
  'the output of a sigmoid of an untrained model of many classes': {
    code: 'probabilities_as_logits',
    rate: 1,
    make: (random) => {
      const isOne = (b: GeneratedBatch) => b.activation === 'sigmoid' && b.logits[0]!.length >= 14;
      const batch = saneWhere(
        random,
        random.pick(['fresh', 'prior bias'] as const),
        (b) => isOne(b) && b.logits.length >= 8,
      );
      return batchOfGenerated({ ...batch, logits: batch.logits.map((row) => row.map(sigmoid)) });
    },
  },
  'a trained softmax model of 8 classes or more, under sigmoid': {
    code: 'softmax_logits_under_sigmoid',
    rate: 0.65,
    make: (random) =>
      batchOfGenerated({ ...classification(random, 8, random.size(64, 512), 'trained'), activation: 'sigmoid' }),
  },
  'a log-softmax, under sigmoid': {
    code: 'softmax_logits_under_sigmoid',
    rate: 0.9, // A model that is fresh may say about −log C of all classes.
    make: (random) => {
      const batch = classification(random, 2, random.size(2, 256), random.pick(STAGES));
      const logits = batch.logits.map((row) => softmax(row).map((p) => Math.log(Math.max(p, 1e-30))));
      return batchOfGenerated({ ...batch, activation: 'sigmoid', logits });
    },
  },
  'two classes in one of four samples, under softmax': {
    code: 'softmax_rows_not_one_hot',
    rate: 1,
    make: (random) => {
      const batch = classification(random, 3, random.size(4, 1024), 'trained');
      const labels = denseLabels(batch).map((row, i) => (i % 4 === 0 ? row.with(0, 1).with(1, 1) : row));
      return batchOfGenerated({ ...batch, form: 'dense' }, labels);
    },
  },
  'no class in one of four samples, under softmax': {
    code: 'softmax_rows_not_one_hot',
    rate: 1,
    make: (random) => {
      const batch = classification(random, 3, random.size(4, 1024), 'trained');
      const labels = denseLabels(batch).map((row, i) => (i % 4 === 0 ? row.map(() => 0) : row));
      return batchOfGenerated({ ...batch, form: 'dense' }, labels);
    },
  },
  'class indices of a balanced data set that count from 1, with a class too many': {
    code: 'class_never_labelled',
    rate: 0.95,
    make: (random) => {
      const classes = random.integer(3, 30);
      const batch = oneBased(random, classes, 25 * classes);
      return batchOfGenerated({ ...batch, form: random.pick(['indices', 'dense'] as const) });
    },
  },
  'one label of a trained model that is wrong, or one logit that overflows': {
    code: 'loss_of_one_element',
    rate: 0.9,
    make: (random) => {
      const batch = classification(random, 3, random.size(32, 160), 'trained');
      const at = random.integer(0, batch.logits.length - 1);
      const [label = 0] = batch.targets[at]!;
      const logits = batch.logits.map((row, i) => (i === at ? row.with(label, -random.magnitude(2e3, 1e30)) : row));
      return batchOfGenerated({ ...batch, activation: random.pick(['softmax', 'sigmoid'] as const), logits });
    },
  },
  'labels that are all ignored': {
    code: 'everything_ignored',
    rate: 1,
    make: (random) => {
      const batch = saneBatch(random);
      return batchOfGenerated({ ...batch, ignored: new Set(batch.logits.keys()) });
    },
  },
};

function softmax(row: readonly number[]): number[] {
  const top = Math.max(...row);
  const exponentials = row.map((x) => Math.exp(x - top));
  const total = exponentials.reduce((sum, e) => sum + e, 0);
  return exponentials.map((e) => e / total);
}

/** Samples of one class each, evenly distributed, with logits of a softmax model. */
function classification(
  random: RandomSource,
  leastClasses: number,
  samples: number,
  stage: (typeof STAGES)[number],
): GeneratedBatch {
  const classes = random.size(leastClasses, 100);
  const targets = Array.from({ length: samples }, () => new Set([random.integer(0, classes - 1)]));
  const logits = logitsOf(stage, 'softmax', targets, classes, 1, random);
  return {
    kind: stage,
    activation: 'softmax',
    logits,
    targets,
    form: 'indices',
    images: undefined,
    ignored: new Set(),
  };
}

function oneBased(random: RandomSource, classes: number, samples: number): GeneratedBatch {
  const targets = Array.from({ length: samples }, () => new Set([random.integer(1, classes)]));
  const activation = random.pick(['softmax', 'sigmoid'] as const);
  const logits = logitsOf(random.pick(STAGES), activation, targets, classes + 1, 1, random);
  return { kind: 'one-based', activation, logits, targets, form: 'indices', images: undefined, ignored: new Set() };
}

function saneWhere(
  random: RandomSource,
  stage: (typeof STAGES)[number],
  holds: (batch: GeneratedBatch) => boolean,
): GeneratedBatch {
  for (;;) {
    const batch = saneBatch(random, undefined, stage);
    if (holds(batch)) return batch;
  }
}
