import { logitsOf, type ModelStage, STAGES, type Targets } from './model-stages.ts';
import type { RandomSource } from './random-source.ts';

/** A request before it is written down: logits and targets as `[samples, classes]`. */
export interface GeneratedBatch {
  readonly kind: string;
  readonly activation: 'sigmoid' | 'softmax';
  readonly logits: number[][];
  readonly targets: Targets;
  readonly form: 'indices' | 'dense';
  /** Of an image batch, whose logits are sent as `[images, classes, pixels]`. */
  readonly images: number | undefined;
  readonly ignored: ReadonlySet<number>;
}

interface Task {
  readonly activation: 'sigmoid' | 'softmax';
  readonly classes: number;
  readonly targets: Targets;
  readonly form: GeneratedBatch['form'];
  readonly images?: number;
  readonly neighbours?: number;
}

const TASKS: Readonly<Record<string, (random: RandomSource) => Task>> = {
  binary: (random) => ({
    activation: 'sigmoid',
    classes: 1,
    targets: independent(random.size(1, 2048), 1, random),
    form: 'dense',
  }),
  'multi-label': (random) => {
    const classes = random.size(2, 80);
    return {
      activation: 'sigmoid',
      classes,
      targets: independent(random.size(1, 256), classes, random),
      form: 'dense',
    };
  },
  classification: (random) => {
    const classes = random.size(2, 100);
    const targets = exclusive(random.size(1, 1024), classPrior(classes, random), random);
    const activation = random.pick(['softmax', 'softmax', 'sigmoid'] as const);
    return { activation, classes, targets, form: random.pick(['indices', 'dense']) };
  },
  detection: (random) => {
    const classes = random.pick([1, 3, 20, 80]);
    const anchors = random.size(64, 1024);
    const density = random.magnitude(0.002, 0.1);
    const prior = classPrior(classes, random);
    const objects = runs(anchors, random.integer(3, 12), () =>
      random.chance(density) ? new Set([random.weighted(prior)]) : new Set<number>(),
    );
    return { activation: 'sigmoid', classes, targets: objects, form: classes === 1 ? 'dense' : 'indices' };
  },
  segmentation: (random) => {
    const classes = random.pick([1, 2, 3, 5, 10, 19]);
    const images = random.integer(1, 3);
    const side = random.integer(8, 20);
    const prior = classPrior(classes === 1 ? 2 : classes, random);
    const areas = runs(images * side * side, random.integer(5, 2 * side), () => {
      const label = random.weighted(prior);
      return new Set(label < classes ? [label] : []);
    });
    const activation = classes === 1 ? 'sigmoid' : random.pick(['softmax', 'softmax', 'sigmoid'] as const);
    const form = classes === 1 ? 'dense' : 'indices';
    return { activation, classes, targets: areas, form, images, neighbours: random.integer(1, side) };
  },
};
export const TASK_NAMES = Object.keys(TASKS);

/** A batch as training jobs send it, without a mistake. */
export function saneBatch(random: RandomSource, task = random.pick(TASK_NAMES), stage = random.pick(STAGES)) {
  return batchOf(task, stage, random);
}

function batchOf(task: string, stage: ModelStage, random: RandomSource): GeneratedBatch {
  const { activation, classes, targets, form, images, neighbours = 1 } = TASKS[task]!(random);
  const ignored = new Set(targets.flatMap((_, i) => (i > 0 && random.chance(0.02) ? [i] : [])));
  const logits = logitsOf(stage, activation, targets, classes, neighbours, random);
  return { kind: `${task}, ${stage}`, activation, logits, targets, form, images, ignored };
}

/** Even, or a long tail in any order of the classes. */
function classPrior(classes: number, random: RandomSource): number[] {
  const ratio = random.pick([1, 1, 3, 10, 100]);
  const tail = Array.from({ length: classes }, (_, c) => ratio ** (-c / Math.max(1, classes - 1)));
  const order = random.pick(['descending', 'ascending', 'any']);
  if (order === 'ascending') return tail.reverse();
  return order === 'descending' ? tail : tail.sort(() => random.uniform(-1, 1));
}

function exclusive(samples: number, prior: readonly number[], random: RandomSource): Targets {
  return Array.from({ length: samples }, () => new Set([random.weighted(prior)]));
}

function independent(samples: number, classes: number, random: RandomSource): Targets {
  const rates = Array.from({ length: classes }, () => random.magnitude(0.01, 0.5));
  return Array.from({ length: samples }, () => new Set(rates.flatMap((rate, c) => (random.chance(rate) ? [c] : []))));
}

/** The same for some consecutive samples. */
function runs(samples: number, length: number, next: () => ReadonlySet<number>): Targets {
  let current = next();
  return Array.from({ length: samples }, (_, i) => {
    if (i % length === 0) current = next();
    return current;
  });
}
