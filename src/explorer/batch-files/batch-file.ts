export const JSON_TYPE = 'application/json';
export const SAFETENSORS_TYPE = 'application/vnd.safetensors';

export type Options = Readonly<Record<string, unknown>>;

/** A file with a batch in a format that the service accepts. */
export interface BatchFile {
  readonly name: string;
  readonly type: typeof JSON_TYPE | typeof SAFETENSORS_TYPE;
  /** The file's fields, except large arrays. */
  readonly options: Options;
  /** A request body: the file's bytes with these options in place of its own. */
  body(changes: Options): Blob;
}

/** What a file opens to, apart from its name and type. */
export type BatchContent = Pick<BatchFile, 'options' | 'body'>;

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
