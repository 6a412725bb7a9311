import { type BatchFile, withDefaultOptions } from '../batch-files/batch-file.ts';
import { openBatchFile } from '../batch-files/open-batch-file.ts';
import { find, html } from '../html.ts';
import { SAMPLE_BATCHES, type SampleBatch } from '../samples/sample-batches.ts';

/** Where the user selects a batch: a sample, or a file that is picked, or dropped anywhere on the page. */
export class BatchPicker {
  readonly #onBatch: (file: BatchFile, title: string) => void;
  readonly #buttons: ReadonlyMap<SampleBatch, HTMLButtonElement>;
  /** Counts selections, so that a file that loads slowly does not replace one that was selected later. */
  #selections = 0;

  constructor(root: HTMLElement, onBatch: (file: BatchFile, title: string) => void) {
    this.#onBatch = onBatch;
    this.#buttons = new Map(SAMPLE_BATCHES.map((sample) => [sample, this.#createButton(sample)]));
    find('.samples', root).append(...[...this.#buttons.values()].map((button) => html('li', {}, button)));

    const input = find<HTMLInputElement>('input[type=file]', root);
    input.addEventListener('change', () => {
      void this.#selectFile(input.files?.[0]);
      input.value = ''; // So that the same file can be selected again after it has changed.
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
      void this.#selectFile(event.dataTransfer?.files[0]);
    });
  }

  async selectSample(sample: SampleBatch): Promise<void> {
    this.#highlight(sample);
    const selection = ++this.#selections;
    const response = await fetch(`explorer/samples/${sample.file}`);
    const file = await openBatchFile(sample.file, await response.blob());
    if (selection === this.#selections) this.#onBatch(withDefaultOptions(file, sample.options), sample.title);
  }

  async #selectFile(file: File | undefined): Promise<void> {
    if (!file) return;
    this.#highlight(null);
    const selection = ++this.#selections;
    const opened = await openBatchFile(file.name, file);
    if (selection === this.#selections) this.#onBatch(opened, file.name);
  }

  #highlight(selected: SampleBatch | null): void {
    for (const [sample, button] of this.#buttons) button.setAttribute('aria-pressed', String(sample === selected));
  }

  #createButton(sample: SampleBatch): HTMLButtonElement {
    const button = html(
      'button',
      { type: 'button' },
      html('span', { class: 'sample-title' }, sample.title),
      ' ',
      html('span', { class: 'sample-description' }, sample.description),
    );
    button.addEventListener('click', () => void this.selectSample(sample));
    return button;
  }
}
