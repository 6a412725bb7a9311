import { distance } from 'fastest-levenshtein';

/** Values that other libraries, papers and their abbreviations have for an option, and the one here. */
const FOREIGN_VALUES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  soft_labels: { vfl: 'varifocal', mal: 'matchability', qfl: 'quality', linear: 'interpolated' },
  focusing: { true: 'detached', false: 'differentiated', stop_gradient: 'detached' },
  hessian_form: { true: 'detached', false: 'exact', gauss_newton: 'detached', 'gauss-newton': 'detached' },
  activation: { binary: 'sigmoid', multilabel: 'sigmoid', multi_label: 'sigmoid', multiclass: 'softmax' },
};
const MAX_DISTANCE = 2;
const MAX_LENGTH = 64;

/** What is most likely meant by a value that an option does not have; undefined if that is not known. */
export function nearestValue(option: string, value: unknown, known: readonly unknown[]): string | undefined {
  const text = String(typeof value === 'boolean' ? value : typeof value === 'string' ? value.toLowerCase() : '');
  if (text === '' || text.length > MAX_LENGTH) return undefined;
  const foreign = FOREIGN_VALUES[option];
  if (foreign && Object.hasOwn(foreign, text)) return foreign[text];
  const names = known.filter((name) => typeof name === 'string');
  // A whole name with something around it, as "varifocal_loss", or the start of one, as "detach".
  const contained = names.find((name) => text.includes(name) || (text.length > MAX_DISTANCE && name.startsWith(text)));
  return contained ?? names.find((name) => distance(text, name) <= MAX_DISTANCE);
}
