import type { BatchSample } from './batch-sample.ts';

/** What tells logits that were trained under softmax from those that were trained under sigmoid. */
export interface SoftmaxTraits {
  /** The part of the samples whose largest logit is that of their class. */
  readonly accuracy: number;
  /** The part of the samples that are of the most frequent class. */
  readonly majority: number;
  /** The mean of σ(logit), over the classes of the samples and over all other classes. */
  readonly trueProbability: number;
  readonly otherProbability: number;
}

/** Undefined if a sample has no class, or several. */
export function softmaxTraits({ samples, classes, predictions, labels }: BatchSample): SoftmaxTraits | undefined {
  const frequencies = new Uint32Array(classes);
  let correct = 0;
  let ofTrue = 0;
  let ofAll = 0;
  for (let row = 0; row < samples; row++) {
    const first = row * classes;
    const label = labels instanceof Int32Array ? labels[row]! : oneHotClass(labels, first, classes);
    if (label < 0) return undefined;
    frequencies[label]!++;
    let argmax = 0;
    for (let c = 0; c < classes; c++) {
      ofAll += sigmoid(predictions[first + c]!);
      if (predictions[first + c]! > predictions[first + argmax]!) argmax = c;
    }
    if (argmax === label) correct++;
    ofTrue += sigmoid(predictions[first + label]!);
  }
  return {
    accuracy: correct / samples,
    majority: Math.max(...frequencies) / samples,
    trueProbability: ofTrue / samples,
    otherProbability: (ofAll - ofTrue) / (samples * (classes - 1)),
  };
}

/** −1 if there is none, or another one. */
function oneHotClass(labels: Float32Array | Uint8Array, first: number, classes: number): number {
  let label = -1;
  for (let c = 0; c < classes; c++) {
    const y = labels[first + c]!;
    if (y === 0) continue;
    if (y !== 1 || label >= 0) return -1;
    label = c;
  }
  return label;
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
