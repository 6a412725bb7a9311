import { type Options, PREDICTION_FIELDS } from './batch-files/batch-file.ts';

/** An option that the page has a control for: a choice, or a number. */
export interface OptionSpec {
  readonly name: string;
  readonly label: string;
  /** The service's default, or that of the page for its own options. Undefined if there is none. */
  readonly default: (options: Options) => unknown;
  readonly choices?: readonly unknown[];
  readonly range?: { readonly min: number; readonly max: number; readonly step: number; readonly below?: number };
  /** Whether it means anything with these options. */
  readonly applies?: (options: Options) => boolean;
}

const MAX_INT32 = 2 ** 31 - 1;
const INTEGERS = { min: -MAX_INT32 - 1, max: MAX_INT32, step: 1 };
const isSigmoid = ({ activation }: Options) => activation !== 'softmax';
const always = (value: unknown) => () => value;

/** In the order of the page. `docs/reference/semantics.md` explains them. */
export const OPTION_SPECS: readonly OptionSpec[] = [
  { name: 'predictions_as', label: 'predictions are', default: always('logits'), choices: PREDICTION_FIELDS },
  { name: 'activation', label: 'activation', default: always('sigmoid'), choices: ['sigmoid', 'softmax'] },
  { name: 'class_axis', label: 'class axis', default: always(-1), choices: [-1, 0, 1, 2, 3] },
  { name: 'first_label', label: 'labels start at', default: always(0), choices: [0, 1] },
  {
    name: 'background_index',
    label: 'background label',
    default: always(undefined),
    range: INTEGERS,
    applies: isSigmoid,
  },
  { name: 'ignore_index', label: 'ignored label', default: always(-100), range: INTEGERS },
  {
    name: 'label_smoothing',
    label: 'label smoothing',
    default: always(0),
    range: { min: 0, max: 1, below: 1, step: 0.01 },
  },
  {
    name: 'soft_labels',
    label: 'soft labels',
    default: always('interpolated'),
    choices: ['interpolated', 'termwise', 'quality', 'varifocal', 'matchability'],
    applies: isSigmoid,
  },
  {
    name: 'margin',
    label: 'margin of negatives',
    default: always(0),
    range: { min: 0, max: 1, below: 1, step: 0.01 },
    applies: isSigmoid,
  },
  { name: 'poly_epsilon', label: 'ε of Poly-1', default: always(0), range: { min: -1e6, max: 1e6, step: 0.1 } },
  {
    name: 'focusing',
    label: 'focusing factor',
    default: always('differentiated'),
    choices: ['differentiated', 'detached'],
  },
  { name: 'reduction', label: 'reduction', default: always('mean'), choices: ['mean', 'sum', 'none'] },
  {
    name: 'normalizer',
    label: 'mean divides by',
    default: (options) => (isSigmoid(options) ? 'elements' : 'samples'),
    choices: ['elements', 'samples', 'positives', 'weights'],
    applies: ({ reduction = 'mean' }) => reduction === 'mean',
  },
];

/**
 * Whether a value is one that the page lets the user choose.
 *
 * @returns what is expected otherwise
 */
export function checkOption({ choices, range }: OptionSpec, value: unknown): string | null {
  if (value === undefined) return null;
  if (choices) return choices.includes(value) ? null : `one of ${choices.join(', ')}`;
  const { min, max, step, below = Number.POSITIVE_INFINITY } = range!;
  const isValid = typeof value === 'number' && value >= min && value <= max && value < below;
  if (isValid && (step !== 1 || Number.isInteger(value))) return null;
  return step === 1 ? 'an integer of 32 bits' : `a number from ${min} to ${below === 1 ? 'below 1' : max}`;
}

/** The options of a file with the changes of the user. Null stands for an option that is not set, but for alpha, which it turns off. */
export function inForce(file: Options, changes: Options): Options {
  const isSet = ([name, value]: [string, unknown]) => value !== undefined && (value !== null || name === 'alpha');
  return Object.fromEntries(Object.entries({ ...file, ...changes }).filter(isSet));
}
