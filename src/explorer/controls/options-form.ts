import type { BatchFile, Options } from '../batch-files/batch-file.ts';
import { OVERRIDDEN_FIELDS } from '../batch-files/batch-file.ts';
import { count } from '../format.ts';
import { find } from '../html.ts';
import { inForce, OPTION_SPECS, type OptionSpec } from '../option-specs.ts';
import { OptionField } from './option-field.ts';

const NO_CHANGES: Options = {};

/** The options in force, from the file and from the user, folded: the closed group says what differs from the defaults. */
export class OptionsForm {
  readonly #root: HTMLElement;
  readonly #fields: readonly OptionField[];
  readonly #onChange: () => void;
  #file: BatchFile | null = null;
  #changes: Options = NO_CHANGES;

  constructor(root: HTMLElement, onChange: () => void) {
    this.#root = root;
    this.#onChange = onChange;
    this.#fields = OPTION_SPECS.map((spec) => new OptionField(spec, (value) => this.#set(spec, value)));
    find('.option-fields', root).append(...this.#fields.map(({ element }) => element));
    find('.reset-options', root).addEventListener('click', () => {
      this.#changes = NO_CHANGES;
      this.#show();
      onChange();
    });
    this.#show();
  }

  /** Options that differ from those of the file. Undefined stands for the default in place of the file's. */
  get changes(): Options {
    return this.#changes;
  }

  set changes(changes: Options) {
    const base = this.#fileOptions;
    const isChange = ([name, value]: [string, unknown]) =>
      (name in base || value !== undefined) && value !== base[name];
    this.#changes = Object.fromEntries(Object.entries(changes).filter(isChange));
    this.#show();
  }

  configure(file: BatchFile, changes: Options): void {
    this.#file = file;
    this.#root.hidden = false;
    this.changes = changes;
  }

  get #fileOptions(): Options {
    const field = this.#file?.facts?.predictions.field;
    return { ...(field ? { predictions_as: field } : {}), ...inForce(this.#file?.options ?? {}, {}) };
  }

  #set(spec: OptionSpec, value: unknown): void {
    const base = this.#fileOptions;
    const inFile = spec.name in base ? base[spec.name] : spec.default(inForce(base, this.#changes));
    const { [spec.name]: _previous, ...remaining } = this.#changes;
    const isSame = value === inFile || (value === undefined && !(spec.name in base));
    this.#changes = isSame ? remaining : { ...remaining, [spec.name]: value };
    this.#show();
    this.#onChange();
  }

  #show(): void {
    const base = this.#fileOptions;
    const options = inForce(base, this.#changes);
    const differing: string[] = [];
    for (const field of this.#fields) {
      const { spec } = field;
      const applies = spec.applies?.(options) ?? true;
      const standard = spec.default(options);
      const value = options[spec.name] ?? standard;
      const isChanged = spec.name in this.#changes;
      const origin = isChanged ? 'changed' : spec.name in base ? 'file' : 'default';
      const differs = value !== standard && (applies || spec.name in options);
      const choices = this.#choicesOf(spec, value);
      field.show({ value, origin, applies, differs, inFile: base[spec.name], choices });
      if (differs) differing.push(`${spec.label} ${describe(value)}`);
    }
    const rest = this.#describeRest(base);
    find('.differing', this.#root).textContent =
      [...differing, ...rest.short].join(' · ') || 'all as the service’s defaults';
    find('.rest', this.#root).textContent = rest.long;
    find('.reset-options', this.#root).hidden = Object.keys(this.#changes).length === 0;
  }

  /** The axes that the predictions have, and any other value of the file. */
  #choicesOf({ name, choices }: OptionSpec, value: unknown): readonly unknown[] | undefined {
    if (!choices) return undefined;
    const rank = this.#file?.facts?.predictions.shape.length;
    const known = name === 'class_axis' && rank ? [-1, ...Array.from({ length: rank - 1 }, (_, i) => i)] : choices;
    return known.includes(value) ? known : [...known, value];
  }

  /** What the file has beyond the fields here. */
  #describeRest(base: Options): { short: string[]; long: string } {
    const known = new Set(OPTION_SPECS.map(({ name }) => name));
    const { facts } = this.#file ?? {};
    const isShown = (name: string) =>
      !known.has(name) && !OVERRIDDEN_FIELDS.has(name) && !['logits', 'probabilities', 'labels'].includes(name);
    const remaining = Object.entries(base).filter(([name]) => isShown(name));
    const ofFile = [
      ...remaining.map(([name, value]) =>
        Array.isArray(value) ? `${name} (${count(value.length)})` : `${name} ${describe(value)}`,
      ),
      ...(facts?.weights ?? []).filter((name) => !(name in base)),
    ];
    const unused = facts?.unused ?? [];
    const long = [
      ofFile.length > 0 ? `Sent as in the file: ${ofFile.slice(0, 20).join(', ')}.` : '',
      unused.length > 0 ? `Not sent: ${unused.slice(0, 20).join(', ')}.` : '',
    ];
    return { short: ofFile.slice(0, 4), long: long.filter((text) => text !== '').join(' ') };
  }
}

function describe(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none');
  return (text.length > 40 ? `${text.slice(0, 40)}…` : text).replace(/^-/, '−');
}
