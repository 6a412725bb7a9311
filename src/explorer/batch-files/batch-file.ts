import type { LabelSummary } from './label-summary.ts';

export const JSON_TYPE = 'application/json';
export const SAFETENSORS_TYPE = 'application/vnd.safetensors';

export type Options = Readonly<Record<string, unknown>>;

export const PREDICTION_FIELDS = ['logits', 'probabilities'] as const;
export type PredictionField = (typeof PREDICTION_FIELDS)[number];

/**
 * What a request has no option for, because the page changes what it sends. `predictions_as` is the field that predictions go
 * into, and `first_label` the label of the first class: if that is 1, the page subtracts 1 from all labels.
 */
export const PAGE_OPTIONS = ['predictions_as', 'first_label'] as const;

/** What the page knows of a batch without the service. */
export interface BatchFacts {
  readonly predictions: { readonly field: PredictionField; readonly shape: readonly number[] };
  readonly labelShape: readonly number[];
  /** Tensors of weights, by field. */
  readonly weights: readonly string[];
  /** Names of arrays in the file that are not sent. */
  readonly unused: readonly string[];
  /** Counts labels as the file has them: dense ones, or indices of so many classes, the first of which has this label. */
  countLabels(classes: number | 'dense', first?: number): Promise<LabelSummary>;
}

/** A file with a batch in a format that the service accepts. */
export interface BatchFile {
  readonly name: string;
  readonly type: typeof JSON_TYPE | typeof SAFETENSORS_TYPE;
  /** The file's fields, except large arrays. */
  readonly options: Options;
  /** Null if the page cannot read the file: the service says why. */
  readonly facts: BatchFacts | null;
  /**
   * A request body: the file with these options in place of its own. An option that is undefined is left out. Options of the page
   * change predictions and labels.
   */
  body(changes: Options): Promise<Blob>;
}

/** What a file opens to, apart from its name and type. */
export type BatchContent = Pick<BatchFile, 'options' | 'facts' | 'body'>;

/**
 * The fields that the page sets in each request, and those of outputs that it does not request, which a sweep does not have. The
 * file's own values are left out.
 */
export const OVERRIDDEN_FIELDS: ReadonlySet<string> = new Set([
  'gamma',
  'gamma.positive',
  'gamma.negative',
  'alpha',
  'gammas',
  'alphas',
  'outputs',
  'gradients_dtype',
  'hessian_form',
]);

/** Adds options that the file does not contain. */
export function withDefaultOptions(file: BatchFile, defaults: Options): BatchFile {
  return {
    ...file,
    options: { ...defaults, ...file.options },
    body: (changes) => file.body({ ...defaults, ...changes }),
  };
}
