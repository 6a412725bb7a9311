import type { PredictionField } from './batch-file.ts';
import type { StoredTensor } from './stored-tensor.ts';

/** Which arrays of a file are the predictions and the labels. */
export interface ArrayRoles {
  readonly predictions: string;
  readonly field: PredictionField;
  readonly labels: string;
}

export interface RoleGuess extends ArrayRoles {
  /** Whether names or types leave no doubt. */
  readonly isSure: boolean;
}

type Described = Pick<StoredTensor, 'name' | 'dtype' | 'shape'>;

const PREDICTION_NAMES = /logit|prob|pred|score|output|y_?hat/i;
const PROBABILITY_NAMES = /prob|sigmoid|softmax/i;
const LABEL_NAMES = /label|target|truth|y_?true|(?:^|[^a-z])(?:gt|y|mask|class(?:es)?)(?:[^a-z]|$)/i;

/**
 * By the names of arrays, and if these say nothing by their types: labels are integers, and predictions are not. `y_pred` and
 * `pred_labels` are predictions.
 *
 * @param arrays at least two
 */
export function guessRoles(arrays: readonly Described[]): RoleGuess {
  const named = (pattern: RegExp) => arrays.filter(({ name }) => pattern.test(name));
  const exact = (name: string) => arrays.find((array) => array.name === name);
  const predictionsByName = exact('logits') ?? exact('probabilities') ?? only(named(PREDICTION_NAMES));
  const remaining = arrays.filter((array) => array !== predictionsByName);
  const labelsByName = exact('labels') ?? only(remaining.filter(({ name }) => LABEL_NAMES.test(name)));
  const floats = arrays.filter(isFloat);
  const integers = arrays.filter((array) => !isFloat(array));

  const labels =
    labelsByName ?? (predictionsByName && only(remaining)) ?? only(integers) ?? smallest(remaining) ?? arrays.at(-1)!;
  const candidates = arrays.filter((array) => array !== labels);
  const predictions = predictionsByName ?? only(floats.filter((array) => array !== labels)) ?? largest(candidates)!;
  const byName = predictionsByName !== undefined && labelsByName !== undefined;
  const byType = arrays.length === 2 && floats.length === 1 && labels === integers[0];
  return {
    predictions: predictions.name,
    field: PROBABILITY_NAMES.test(predictions.name) ? 'probabilities' : 'logits',
    labels: labels.name,
    isSure: byName || byType || (arrays.length === 2 && (predictionsByName ?? labelsByName) !== undefined),
  };
}

function isFloat({ dtype }: Described): boolean {
  return dtype.includes('F');
}

function only<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined;
}

function elements({ shape }: Described): number {
  return shape.reduce((product, size) => product * size, 1);
}

function largest(arrays: readonly Described[]): Described | undefined {
  return arrays.toSorted((a, b) => elements(b) - elements(a))[0];
}

function smallest(arrays: readonly Described[]): Described | undefined {
  return arrays.toSorted((a, b) => elements(a) - elements(b))[0];
}
