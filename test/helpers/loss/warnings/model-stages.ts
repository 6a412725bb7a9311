import type { RandomSource } from './random-source.ts';

export const STAGES = ['fresh', 'prior bias', 'trained'] as const;
export type ModelStage = (typeof STAGES)[number];

/** Which classes are true of each sample. */
export type Targets = readonly ReadonlySet<number>[];

const FEATURES = 16;

/**
 * Logits of a model in some stage of its training, `[samples, classes]`.
 *
 * @param neighbours how many consecutive samples are alike, as the pixels of an image are
 */
export function logitsOf(
  stage: ModelStage,
  activation: 'sigmoid' | 'softmax',
  targets: Targets,
  classes: number,
  neighbours: number,
  random: RandomSource,
): number[][] {
  if (stage !== 'trained') return untrained(stage, targets.length, classes, neighbours, random);
  return activation === 'sigmoid' ? trainedSigmoid(targets, classes, random) : trainedSoftmax(targets, classes, random);
}

/** A random head on the features of a network, which after a ReLU have one sign and much in common. */
function untrained(
  stage: ModelStage,
  samples: number,
  classes: number,
  neighbours: number,
  random: RandomSource,
): number[][] {
  const scale = random.magnitude(0.01, 1.5) / Math.sqrt(FEATURES);
  const isRectified = random.chance(0.5);
  const common = random.uniform(0, 3);
  const bias = stage === 'prior bias' ? -Math.log(1 / random.pick([0.01, 0.05, 0.1]) - 1) : 0;
  const head = Array.from({ length: classes }, () => normals(FEATURES, random).map((weight) => weight * scale));
  const shared = normals(FEATURES, random).map((value) => value * common);
  let feature = shared;
  return Array.from({ length: samples }, (_, i) => {
    if (i % neighbours === 0) feature = shared.map((value) => value + random.normal());
    const seen = feature.map((value) => {
      const noisy = neighbours > 1 ? value + random.normal(0, 0.1) : value;
      return isRectified ? Math.max(0, noisy) : noisy;
    });
    return head.map((weights) => bias + weights.reduce((sum, weight, k) => sum + weight * seen[k]!, 0));
  });
}

/** Each class on its own: positives above 0 and negatives below, some on the wrong side. */
function trainedSigmoid(targets: Targets, classes: number, random: RandomSource): number[][] {
  const positive = random.uniform(0.3, 8);
  const negative = -random.uniform(1, 9);
  const deviation = random.uniform(0.4, Math.min(3, -negative)); // Most negatives are below 0, or training would go on.
  const noise = random.pick([0, 0.01, 0.1]);
  return targets.map((target) =>
    Array.from({ length: classes }, (_, c) =>
      random.normal(target.has(c) !== random.chance(noise) ? positive : negative, deviation),
    ),
  );
}

/** Only differences matter: the logits of a sample lie around a level of their own. */
function trainedSoftmax(targets: Targets, classes: number, random: RandomSource): number[][] {
  const margin = random.uniform(0.5, 12);
  const deviation = random.uniform(0.3, 2.5);
  const level = random.pick([0, 0, 1, 5]);
  const noise = random.pick([0, 0.01, 0.1]);
  return targets.map((target) => {
    const [label = -1] = random.chance(noise) ? [random.integer(0, classes - 1)] : target;
    const base = random.normal(0, level);
    const row = Array.from({ length: classes }, () => base + random.normal(0, deviation));
    if (label >= 0) row[label]! += margin;
    // Training leaves the mean of a sample's logits where it was.
    return row.map((x) => x - margin / classes);
  });
}

function normals(count: number, random: RandomSource): number[] {
  return Array.from({ length: count }, () => random.normal());
}
