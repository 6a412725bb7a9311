import { type Options, OVERRIDDEN_FIELDS, PAGE_OPTIONS, PREDICTION_FIELDS } from './batch-file.ts';

/** The service's default for `ignore_index`. */
const DEFAULT_IGNORED = -100;

/** Fields of a batch that are no options, also where they are short. */
const BATCH_ARRAYS: ReadonlySet<string> = new Set([
  ...PREDICTION_FIELDS,
  'labels',
  'sample_weights',
  'element_weights',
]);

/** Whether the page subtracts 1 from all labels. */
export function countsFromOne(changes: Options): boolean {
  return changes.first_label === 1;
}

/**
 * The options of a request by those of the page. If labels count from 1, the options that are labels are as in the file, and are
 * sent less 1, as the labels are.
 */
export function requestOptions(fileOptions: Options, changes: Options): Options {
  const requested = Object.fromEntries(
    Object.entries(changes).filter(([name, value]) => value !== undefined && !isPageOption(name)),
  );
  if (!countsFromOne(changes)) return requested;
  const inForce = { ...fileOptions, ...changes };
  const { ignore_index: ignored, background_index: background } = inForce;
  return {
    ...requested,
    ignore_index: (typeof ignored === 'number' ? ignored : DEFAULT_IGNORED) - 1,
    ...(typeof background === 'number' ? { background_index: background - 1 } : {}),
  };
}

/**
 * All options that the body for these changes has, by the names of the service: the file's and those in their place, without arrays
 * of the batch.
 */
export function optionsInBody(fileOptions: Options, changes: Options): Options {
  const requested = requestOptions(fileOptions, changes);
  const kept = Object.entries(fileOptions).filter(
    ([name]) => isKept(name, changes, requested) && !isPageOption(name) && !BATCH_ARRAYS.has(name),
  );
  return { ...Object.fromEntries(kept), ...requested };
}

/** Whether a field of the file stays as it is in a request with these changes. */
export function isKept(name: string, changes: Options, requested: Options): boolean {
  return !OVERRIDDEN_FIELDS.has(name) && !(name in changes) && !(name in requested);
}

function isPageOption(name: string): boolean {
  return (PAGE_OPTIONS as readonly string[]).includes(name);
}
