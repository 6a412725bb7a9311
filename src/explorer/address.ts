import type { Options } from './batch-files/batch-file.ts';
import { type Alpha, BALANCED, EFFECTIVE_NUMBER, type Gamma, sameAlpha } from './hyper-parameters.ts';
import type { LossConfiguration } from './loss-configuration.ts';
import { checkOption, OPTION_SPECS } from './option-specs.ts';

/** The hyperparameters of an address: what it leaves out, and `file`, is the file's. */
export interface AddressedSetting {
  readonly gamma: Gamma | 'file';
  readonly alpha: Alpha | 'file';
  readonly changes: Options;
}

/** What the address of the page says, so that links and the back button work. */
export interface PageState {
  /** The name of a sample batch or, after `file:`, of a file of the user. */
  readonly batch: string | null;
  readonly lossSetting: AddressedSetting;
  readonly pinned: AddressedSetting | null;
  /** The number that the heatmap shows. */
  readonly metric: string | null;
}

const MAX_GAMMA = 100;
const SCHEMES: Readonly<Record<string, Alpha>> = { off: null, balanced: BALANCED, effective: EFFECTIVE_NUMBER };
const OTHER_NAMES = ['batch', 'gamma', 'gamma_negative', 'alpha', 'pin', 'metric'];

export function addressOf({ batch, lossSetting, pinned, metric }: PageState): string {
  const parameters = settingParameters(lossSetting);
  if (batch !== null) parameters.set('batch', batch);
  if (metric !== null) parameters.set('metric', metric);
  if (pinned !== null) parameters.set('pin', settingParameters(pinned).toString());
  return `?${parameters}`;
}

/**
 * Reads the query of an address.
 *
 * @returns what it says, and a sentence on each part that it cannot say, in whose place the file's value is used
 */
export function readAddress(query: string): { readonly state: PageState; readonly notes: readonly string[] } {
  const parameters = new URLSearchParams(query);
  const notes: string[] = [];
  const pin = parameters.get('pin');
  const known = new Set([...OTHER_NAMES, ...OPTION_SPECS.map(({ name }) => name)]);
  for (const name of new Set(parameters.keys())) {
    if (!known.has(name)) notes.push(`There is no “${name.slice(0, 40)}” to set in the address.`);
  }
  const state = {
    batch: parameters.get('batch'),
    lossSetting: readSetting(parameters, notes),
    pinned: pin === null ? null : readSetting(new URLSearchParams(pin), notes),
    metric: parameters.get('metric'),
  };
  return { state, notes };
}

/** A setting as an address has it. */
export function addressedSetting({ parameters, changes }: LossConfiguration): AddressedSetting {
  const { gamma, classGammas, alpha } = parameters;
  const isKnown = typeof alpha === 'number' || schemeOf(alpha) !== undefined;
  return { gamma: classGammas ? 'file' : gamma, alpha: isKnown ? alpha : 'file', changes };
}

function schemeOf(alpha: Alpha): string | undefined {
  return Object.keys(SCHEMES).find((name) => sameAlpha(SCHEMES[name]!, alpha));
}

function settingParameters({ gamma, alpha, changes }: AddressedSetting): URLSearchParams {
  const parameters = new URLSearchParams();
  if (typeof gamma === 'object') {
    parameters.set('gamma', String(gamma.positive));
    parameters.set('gamma_negative', String(gamma.negative));
  } else parameters.set('gamma', String(gamma));
  parameters.set('alpha', typeof alpha === 'object' ? (schemeOf(alpha) ?? 'file') : String(alpha));
  for (const [name, value] of Object.entries(changes)) parameters.set(name, value === undefined ? '' : String(value));
  return parameters;
}

function readSetting(parameters: URLSearchParams, notes: string[]): AddressedSetting {
  const numberOf = (name: string, max: number): number | 'file' => {
    const text = parameters.get(name);
    if (text === null || text === 'file') return 'file';
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value >= 0 && value <= max) return value;
    notes.push(`Expected ${name} in the address to be a number from 0 to ${max}, got “${text.slice(0, 40)}”.`);
    return 'file';
  };
  const gamma = numberOf('gamma', MAX_GAMMA);
  const negative = numberOf('gamma_negative', MAX_GAMMA);
  const name = parameters.get('alpha') ?? '';
  const scheme = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined;
  return {
    gamma: gamma !== 'file' && negative !== 'file' ? { positive: gamma, negative } : gamma,
    alpha: scheme === undefined ? numberOf('alpha', 1) : scheme,
    changes: readChanges(parameters, notes),
  };
}

function readChanges(parameters: URLSearchParams, notes: string[]): Options {
  const changes: Record<string, unknown> = {};
  for (const spec of OPTION_SPECS) {
    const text = parameters.get(spec.name);
    if (text === null) continue;
    const value = text === '' ? undefined : Number.isNaN(Number(text)) ? text : Number(text);
    const expected = checkOption(spec, value);
    if (expected === null) changes[spec.name] = value;
    else notes.push(`Expected ${spec.name} in the address to be ${expected}, got “${text.slice(0, 40)}”.`);
  }
  return changes;
}
