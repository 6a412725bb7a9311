import { type BatchFile, JSON_TYPE } from '../batch-files/batch-file.ts';
import { countsFromOne, optionsInBody } from '../batch-files/request-options.ts';
import type { ExportedRequest } from '../exports/exported-request.ts';
import { REQUEST_PROGRAMS } from '../exports/request-programs.ts';
import { TRAINING_PROGRAMS } from '../exports/training-programs.ts';
import { count } from '../format.ts';
import { find, html } from '../html.ts';
import { type LossConfiguration, requestedChanges } from '../loss-configuration.ts';
import { inForce } from '../option-specs.ts';
import { readApiKey } from '../service/api-key.ts';
import { OUTPUTS } from '../service/batch-evaluator.ts';
import { copyText } from './copy-text.ts';

const GROUPS = { 'This request again': REQUEST_PROGRAMS, 'This loss in training': TRAINING_PROGRAMS };
const PROGRAMS = { ...REQUEST_PROGRAMS, ...TRAINING_PROGRAMS };

/** Exports the latest request: its body as a download, and programs that send it or train with its loss. */
export class RequestExport {
  readonly #section: HTMLElement;
  readonly #download: HTMLAnchorElement;
  readonly #select: HTMLSelectElement;
  readonly #code: HTMLElement;
  readonly #status: HTMLElement;
  #request: ExportedRequest | null = null;

  constructor(section: HTMLElement) {
    this.#section = section;
    this.#download = find<HTMLAnchorElement>('.download', section);
    this.#select = find<HTMLSelectElement>('select', section);
    this.#code = find('code', section);
    this.#status = find('[role=status]', section);
    const groups = Object.entries(GROUPS).map(([label, programs]) =>
      html('optgroup', { label }, ...Object.keys(programs).map((name) => html('option', {}, name))),
    );
    this.#select.append(...groups);
    this.#select.addEventListener('change', () => this.#write());
    find('button', section).addEventListener('click', async () => {
      this.#status.textContent = await copyText(this.#code.textContent ?? '', this.#code);
    });
  }

  /** The curl command of the latest request; empty if there was none. */
  get command(): string {
    return this.#request ? PROGRAMS.curl!(this.#request) : '';
  }

  show(file: BatchFile, body: Blob, lossSetting: LossConfiguration): void {
    const changes = requestedChanges(lossSetting, OUTPUTS);
    const extension = file.type === JSON_TYPE ? 'json' : 'safetensors';
    const name = `${file.name.replace(/\.[^.]*$/, '').replaceAll(/[^\w.-]/g, '-')}.request.${extension}`;
    const predictions = inForce(file.options, changes).predictions_as ?? file.facts?.predictions.field;
    this.#request = {
      service: new URL('.', document.baseURI).href.replace(/\/$/, ''),
      type: file.type,
      file: name,
      needsKey: readApiKey() !== null,
      predictions: predictions === 'probabilities' ? 'probabilities' : 'logits',
      options: optionsInBody(file.options, changes),
      weights: file.facts?.weights ?? [],
      countsFromOne: countsFromOne(changes),
    };
    URL.revokeObjectURL(this.#download.href);
    this.#download.href = URL.createObjectURL(body);
    this.#download.download = name;
    this.#download.textContent = name;
    find('.size', this.#section).textContent = `${count(Math.max(1, body.size / 1000))}\u00a0kB`;
    this.#write();
  }

  #write(): void {
    if (this.#request) this.#code.textContent = PROGRAMS[this.#select.value]!(this.#request);
    this.#status.textContent = '';
  }
}
