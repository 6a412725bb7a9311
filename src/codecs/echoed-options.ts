import type { ClassOptions } from '../loss/class-options.ts';
import { defaultNormalizer } from '../loss/denominator.ts';
import { type Options, OUTPUTS } from '../loss/options.ts';
import { defaultAlpha, OFF } from '../loss/resolve-alpha.ts';
import { DEFAULT_GAMMA, type GammaChoice, hasSides } from '../loss/resolve-gamma.ts';

/** Longer lists are left out: 2^18 classes would make megabytes of text. */
export const MAX_ECHOED_CLASSES = 1000;
/** The most bytes that a response has of options beside their JSON. */
export const MAX_OMITTED_BYTES = 128;

/** The options in force, which a response repeats: all but tensors, and names of classes, which the breakdown has. */
export interface EchoedOptions {
  /** In ASCII. A request can have them as they are. They are text from the start, as they go from thread to thread. */
  readonly json: string;
  /** The names of those that are left out because their lists are too long. */
  readonly omitted: readonly string[];
}

export type EchoOptions = (options: Options, given: ClassOptions) => EchoedOptions;

/** The options of one loss, with defaults filled in. */
export const echoOptions: EchoOptions = (options, given) => {
  const omitted: string[] = [];
  const { activation, gradients_dtype, hessian_form } = options;
  const alpha = given.alpha === undefined ? defaultAlpha({ activation, softLabels: options.soft_labels }) : given.alpha;
  // A request may repeat names without end.
  const outputs = OUTPUTS.filter((output) => options.outputs.includes(output)).join('","');
  const json =
    `{${sharedMembers(options, given, omitted)}${gammaMember(given.gamma ?? DEFAULT_GAMMA, omitted)}` +
    `${perClass('alpha', alpha ?? OFF, omitted)},"hessian_form":"${hessian_form}","outputs":[${outputs && `"${outputs}"`}],` +
    `"gradients_dtype":"${gradients_dtype}"}`;
  return { json, omitted };
};

/** The options of a sweep, whose points have γ and α. */
export const echoSweepOptions: EchoOptions = (options, given) => {
  const omitted: string[] = [];
  return { json: `{${sharedMembers(options, given, omitted)}}`, omitted };
};

const SHARED = [
  'activation',
  'class_axis',
  'label_smoothing',
  'soft_labels',
  'margin',
  'poly_epsilon',
  'focusing',
  'ignore_index',
  'background_index',
  'reduction',
  'normalizer',
  'epsilon',
  'warnings',
] as const satisfies (keyof Options)[];
/** Those of the last request and their text, which a training job sends again and again. */
let latest: { readonly values: readonly unknown[]; readonly text: string } | undefined;

/** The options that are no lists, as members of an object in JSON, and the weights of classes. */
function sharedMembers(options: Options, { class_weights }: ClassOptions, omitted: string[]): string {
  if (!latest || SHARED.some((name, i) => latest!.values[i] !== options[name])) {
    const inForce = { ...options, normalizer: options.normalizer ?? defaultNormalizer(options.activation) };
    const members = SHARED.map((name) => `"${name}":${JSON.stringify(inForce[name] ?? null)}`);
    latest = { values: SHARED.map((name) => options[name]), text: members.join() };
  }
  return `${latest.text}${perClass('class_weights', class_weights ?? null, omitted)}`;
}

/** An option that may be a list. */
type ListOption = ClassOptions['alpha' | 'class_weights'] | number | null;

/** One γ, or both sides', unless a list is too long. */
function gammaMember(gamma: GammaChoice, omitted: string[]): string {
  if (!hasSides(gamma)) return perClass('gamma', gamma, omitted);
  const tooLong: string[] = [];
  const members = `${perClass('positive', gamma.positive, tooLong)}${perClass('negative', gamma.negative, tooLong)}`;
  if (tooLong.length === 0) return `,"gamma":{${members.slice(1)}}`;
  omitted.push('gamma');
  return '';
}

/** The member of an option, or nothing if its list is too long. */
function perClass(name: string, option: ListOption | typeof OFF, omitted: string[]): string {
  if (typeof option !== 'object' || option === null) return `,"${name}":${option === OFF ? `"${OFF}"` : option}`;
  const numbers = 'values' in option ? option.values : option.effective_number?.class_counts;
  if (numbers && numbers.length > MAX_ECHOED_CLASSES) {
    omitted.push(name);
    return '';
  }
  if (!('values' in option)) return `,"${name}":${JSON.stringify(option)}`;
  // Formats without scalars send one number as a list. Weights are a list in every format.
  const isNumber = option.values.length === 1 && name !== 'class_weights';
  return `,"${name}":${isNumber ? option.values[0] : `[${option.values.join()}]`}`;
}

/** Writes them as members of an object in JSON, behind other members. */
export function optionMembers({ json, omitted }: EchoedOptions): string {
  return `,"options":${json}${omitted.length > 0 ? `,"options_omitted":${JSON.stringify(omitted)}` : ''}`;
}
