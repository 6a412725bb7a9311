import { type BatchFile, withDefaultOptions } from '../batch-files/batch-file.ts';
import { FileError } from '../batch-files/file-error.ts';
import { openBatchFiles } from '../batch-files/open-batch-files.ts';
import type { AskUser } from '../batch-files/question.ts';
import { ownBatchId } from '../batch-in-address.ts';
import { find, html } from '../html.ts';
import { SAMPLE_BATCHES, type SampleBatch, sampleId } from '../samples/sample-batches.ts';
import type { FileQuestions } from './file-questions.ts';

export interface PickerListener {
  /** Another batch is selected: what was wrong with the last one says nothing of it. */
  readonly onSelect: () => void;
  /** @param id the name of the batch in an address */
  readonly onBatch: (file: BatchFile, title: string, id: string) => void;
  /** @param message why a file of the user cannot be read */
  readonly onUnreadable: (message: string) => void;
}

/** Where the user selects a batch: a sample, or files that are picked, or dropped anywhere on the page. */
export class BatchPicker {
  readonly #listener: PickerListener;
  readonly #questions: FileQuestions;
  readonly #buttons: ReadonlyMap<SampleBatch, HTMLButtonElement>;
  #highlighted: SampleBatch | null = null;
  /** Counts selections, so that a file that loads slowly does not replace one that was selected later. */
  #selections = 0;

  constructor(root: HTMLElement, questions: FileQuestions, listener: PickerListener) {
    this.#listener = listener;
    this.#questions = questions;
    this.#buttons = new Map(SAMPLE_BATCHES.map((sample) => [sample, this.#createButton(sample)]));
    find('.samples', root).append(...[...this.#buttons.values()].map((button) => html('li', {}, button)));

    const input = find<HTMLInputElement>('input[type=file]', root);
    input.addEventListener('change', () => {
      void this.#selectFiles([...(input.files ?? [])]);
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
      void this.#selectFiles([...(event.dataTransfer?.files ?? [])]);
    });
  }

  async selectSample(sample: SampleBatch): Promise<void> {
    const before = this.#highlighted;
    this.highlight(sample);
    const selection = this.#begin();
    try {
      const file = await openBatchFiles([await fetchSample(sample)], this.#askUser);
      if (selection !== this.#selections) return;
      this.#listener.onBatch(withDefaultOptions(file, sample.options), sample.title, sampleId(sample));
    } catch (error) {
      if (selection !== this.#selections) return;
      // The batch on the page stays.
      this.highlight(before);
      this.#listener.onUnreadable(messageOf(error));
    }
  }

  /** Marks a sample as the selected one. */
  highlight(selected: SampleBatch | null): void {
    this.#highlighted = selected;
    for (const [sample, button] of this.#buttons) button.setAttribute('aria-pressed', String(sample === selected));
  }

  async #selectFiles(files: readonly File[]): Promise<void> {
    if (files.length === 0) return;
    const selection = this.#begin();
    try {
      const file = await openBatchFiles(files, this.#askUser);
      if (selection !== this.#selections) return;
      this.highlight(null);
      this.#listener.onBatch(file, file.name, ownBatchId(file.name));
    } catch (error) {
      if (selection !== this.#selections) return;
      this.#listener.onUnreadable(messageOf(error));
    }
  }

  readonly #askUser: AskUser = (question) => this.#questions.askUser(question);

  #begin(): number {
    this.#questions.close();
    this.#listener.onSelect();
    return ++this.#selections;
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

/** @throws {FileError} if the service does not send it */
async function fetchSample({ title, file }: SampleBatch): Promise<File> {
  const response = await fetch(`explorer/samples/${file}`).catch(() => null);
  if (response?.ok) return new File([await response.blob()], file);
  const reason = response ? `it responded with status ${response.status}` : 'it does not respond';
  throw new FileError(
    `The service has not sent the batch “${title}”: ${reason}. Select it again when the service runs.`,
  );
}

/** Browsers deny reading a file that has changed, or is a folder, or is larger than their memory. */
function messageOf(error: unknown): string {
  if (error instanceof FileError) return error.message;
  if (error instanceof DOMException || error instanceof RangeError) {
    return `The browser cannot read the file: ${error.message} Choose it again if it has changed, or save a part of the batch.`;
  }
  throw error;
}
