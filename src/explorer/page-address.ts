import { addressedSetting, addressOf, type PageState, readAddress } from './address.ts';
import type { BatchFile } from './batch-files/batch-file.ts';
import { batchNote, isOwnBatch, isStateOf, sampleOf } from './batch-in-address.ts';
import type { BatchPicker } from './controls/batch-picker.ts';
import type { MetricSelection } from './controls/metric-selection.ts';
import { NoteList } from './controls/note-list.ts';
import { find } from './html.ts';
import type { LossConfiguration } from './loss-configuration.ts';
import { PageHistory } from './page-history.ts';
import type { PinnedConfiguration } from './pinned-configuration.ts';
import { OF_FILE, resolveConfiguration } from './resolve-configuration.ts';
import { SAMPLE_BATCHES } from './samples/sample-batches.ts';
import type { BatchEvaluator } from './service/batch-evaluator.ts';

/** A batch with the id that it has in addresses. */
export interface NamedBatch {
  readonly id: string;
  readonly file: BatchFile;
  readonly title: string;
}

/** What addresses are of, and change. */
export interface AddressedPage {
  readonly picker: BatchPicker;
  readonly pinned: PinnedConfiguration;
  readonly metric: MetricSelection;
  /** The batch on the page. */
  batch(): (NamedBatch & { readonly evaluator: BatchEvaluator }) | null;
  lossConfiguration(): LossConfiguration;
  apply(configuration: LossConfiguration): void;
  openBatch(batch: NamedBatch): void;
  showParameters(): void;
}

/** Keeps the address true to the page, and the page to an address that is opened. */
export class PageAddress {
  readonly #page: AddressedPage;
  readonly #history: PageHistory;
  readonly #notes = new NoteList(find('.address-notes'));
  /** What the address says of a batch that is still to be opened. */
  #awaited: PageState | null = null;
  /** The user's last file: the back button returns to it. */
  #ownBatch: NamedBatch | null = null;

  constructor(page: AddressedPage) {
    this.#page = page;
    this.#history = new PageHistory((query) => this.open(query, false));
  }

  /** @param isDrag whether a slider or a field with text may change again at once */
  write(isDrag: boolean): void {
    this.#history.write(this.#now(), isDrag);
  }

  /** Sets the page to what the address says of the batch that has just been opened, or to what its file says. */
  batchOpened(batch: NamedBatch): void {
    const isOwn = isOwnBatch(batch.id);
    if (isOwn) this.#ownBatch = batch;
    const state = this.#awaited && isStateOf(this.#awaited, batch.id) ? this.#awaited : null;
    this.#awaited = null;
    if (state) this.#applyState(state);
    else this.#applyState({ lossSetting: OF_FILE, pinned: null });
    // A note on a batch that is not there stays beside the sample in its place.
    if (isOwn || !state) this.#notes.show([]);
    if (state) this.#history.correct(this.#now());
    else this.write(false);
  }

  /**
   * Goes where an address says: to another setting of the batch, or to another batch.
   *
   * @param isStart whether the page is opened with it
   */
  open(query: string, isStart: boolean): void {
    const { picker, pinned, metric } = this.#page;
    const { state, notes } = readAddress(query);
    metric.value = state.metric;
    const isOwn = isOwnBatch(state.batch);
    const known = isOwn && !isStart && this.#ownBatch?.id === state.batch ? this.#ownBatch : null;
    const note = known ? null : batchNote(state);
    this.#notes.show(note === null ? notes : [...notes, note]);

    const shown = this.#page.batch();
    if (shown && (state.batch === shown.id || (known && isOwnBatch(shown.id)))) {
      pinned.clear();
      this.#applyState(state);
      return;
    }
    const sample = sampleOf(state);
    this.#awaited = sample || isOwn ? state : { ...state, batch: null };
    if (!isOwn) void picker.selectSample(sample ?? SAMPLE_BATCHES[0]!);
    else if (known) this.#page.openBatch(known);
    else if (isStart) this.#page.showParameters();
    if (isOwn) picker.highlight(null);
  }

  #applyState({ lossSetting, pinned }: Pick<PageState, 'lossSetting' | 'pinned'>): void {
    const { evaluator } = this.#page.batch()!;
    this.#page.apply(resolveConfiguration(lossSetting, evaluator));
    if (pinned) void this.#page.pinned.restore(resolveConfiguration(pinned, evaluator), evaluator);
  }

  #now(): string {
    const { pinned, metric } = this.#page;
    const pinnedSetting = pinned.lossSetting;
    return addressOf({
      batch: this.#page.batch()?.id ?? null,
      lossSetting: addressedSetting(this.#page.lossConfiguration()),
      pinned: pinnedSetting && addressedSetting(pinnedSetting),
      metric: metric.value,
    });
  }
}
