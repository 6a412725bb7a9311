import { OPTION_SPECS } from '../option-specs.ts';
import { type Options, OVERRIDDEN_FIELDS, PAGE_OPTIONS } from './batch-file.ts';

/** The service's default for `ignore_index`. */
const DEFAULT_IGNORED = -100;

/** Options that the page has no control for, beside those of `OPTION_SPECS`. */
const OTHER_OPTIONS = ['gamma', 'alpha', 'outputs', 'class_weights', 'class_names', 'epsilon', 'warnings'];

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
 * All options that the body for these changes has, by the names of the service: the file's and those in their place. Programs are
 * written with these names, so any other is left out: metadata of a file may be called anything.
 */
export function optionsInBody(fileOptions: Options, changes: Options): Options {
  const requested = requestOptions(fileOptions, changes);
  const kept = Object.entries(fileOptions).filter(([name]) => isKept(name, changes, requested));
  const known = new Set([...OPTION_SPECS.map(({ name }) => name), ...OTHER_OPTIONS]);
  const isOption = ([name]: [string, unknown]) => known.has(name) && !isPageOption(name);
  return Object.fromEntries([...kept, ...Object.entries(requested)].filter(isOption));
}

/** Whether a field of the file stays as it is in a request with these changes. */
export function isKept(name: string, changes: Options, requested: Options): boolean {
  return !OVERRIDDEN_FIELDS.has(name) && !(name in changes) && !(name in requested);
}

function isPageOption(name: string): boolean {
  return (PAGE_OPTIONS as readonly string[]).includes(name);
}
