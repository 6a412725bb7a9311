import { type BatchFile, withOptions } from './batch-file.ts';
import { find, html } from './html.ts';
import { openBatchFile } from './open-batch-file.ts';
import { SAMPLE_BATCHES, type SampleBatch } from './sample-batches.ts';

/** Where a batch is chosen: one of the service's own, or a file that is picked or dropped anywhere on the page. */
export class BatchPicker {
  readonly #onBatch: (file: BatchFile, title: string) => void;
  readonly #buttons: ReadonlyMap<SampleBatch, HTMLButtonElement>;
  /** Goes up with every choice, so that a slow file does not come after one that was chosen later. */
  #choice = 0;

  constructor(root: HTMLElement, onBatch: (file: BatchFile, title: string) => void) {
    this.#onBatch = onBatch;
    this.#buttons = new Map(SAMPLE_BATCHES.map((sample) => [sample, this.#buttonOf(sample)]));
    find('.samples', root).append(...[...this.#buttons.values()].map((button) => html('li', {}, button)));

    const field = find<HTMLInputElement>('input[type=file]', root);
    field.addEventListener('change', () => {
      void this.#open(field.files?.[0]);
      field.value = ''; // So that the same file can be chosen again after it has changed.
    });
    document.addEventListener('dragover', (event) => {
      event.preventDefault();
      document.body.classList.add('dragging');
    });
    document.addEventListener('dragleave', ({ relatedTarget }) => {
      if (relatedTarget === null) document.body.classList.remove('dragging');
    });
    document.addEventListener('drop', (event) => {
      event.preventDefault();
      document.body.classList.remove('dragging');
      void this.#open(event.dataTransfer?.files[0]);
    });
  }

  async choose(sample: SampleBatch): Promise<void> {
    this.#mark(sample);
    const choice = ++this.#choice;
    const answer = await fetch(`explorer/samples/${sample.file}`);
    const file = await openBatchFile(sample.file, await answer.blob());
    if (choice === this.#choice) this.#onBatch(withOptions(file, sample.options), sample.title);
  }

  async #open(file: File | undefined): Promise<void> {
    if (!file) return;
    this.#mark(null);
    const choice = ++this.#choice;
    const opened = await openBatchFile(file.name, file);
    if (choice === this.#choice) this.#onBatch(opened, file.name);
  }

  #mark(chosen: SampleBatch | null): void {
    for (const [sample, button] of this.#buttons) button.setAttribute('aria-pressed', String(sample === chosen));
  }

  #buttonOf(sample: SampleBatch): HTMLButtonElement {
    const title = html('span', { class: 'sample-title' }, sample.title);
    const button = html(
      'button',
      { type: 'button' },
      title,
      ' ',
      html('span', { class: 'sample-origin' }, sample.origin),
    );
    button.addEventListener('click', () => void this.choose(sample));
    return button;
  }
}
