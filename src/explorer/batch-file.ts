export const JSON_TYPE = 'application/json';
export const SAFETENSORS_TYPE = 'application/vnd.safetensors';

export type Options = Readonly<Record<string, unknown>>;

/** A file with a batch in it, as the service takes it. */
export interface BatchFile {
  readonly name: string;
  readonly type: typeof JSON_TYPE | typeof SAFETENSORS_TYPE;
  /** The request's fields other than large arrays, as the file has them. */
  readonly options: Options;
  /** The file's bytes with these fields in place of its own. */
  body(changes: Options): Blob;
}

/** What is asked anew with each request; the file's own values of these do not count. */
export const ASKED_FIELDS: ReadonlySet<string> = new Set(['gamma', 'alpha', 'gammas', 'alphas', 'outputs']);

/** The same batch with options that its file does not have. */
export function withOptions(file: BatchFile, options: Options): BatchFile {
  return {
    ...file,
    options: { ...options, ...file.options },
    body: (changes) => file.body({ ...options, ...changes }),
  };
}
