import { addressedSetting, addressOf, type PageState, readAddress } from './address.ts';
import type { BatchFile } from './batch-files/batch-file.ts';
import { batchNote, isOwnBatch, isStateOf, sampleOf } from './batch-in-address.ts';
import { drawFormula } from './charts/draw-formula.ts';
import { Figures } from './charts/figures.ts';
import { BatchPicker } from './controls/batch-picker.ts';
import { FileProgramList } from './controls/file-program-list.ts';
import { FileQuestions } from './controls/file-questions.ts';
import { HyperParameterForm } from './controls/hyper-parameter-form.ts';
import { MetricSelection } from './controls/metric-selection.ts';
import { NoteList } from './controls/note-list.ts';
import { OptionsForm } from './controls/options-form.ts';
import { RequestExport } from './controls/request-export.ts';
import { EvaluationView } from './evaluation-view.ts';
import { PageExports } from './exports/page-exports.ts';
import { foldHeroOnChoice } from './fold-hero.ts';
import { find } from './html.ts';
import type { HyperParameters } from './hyper-parameters.ts';
import type { LossConfiguration } from './loss-configuration.ts';
import { FOCAL_LOSS } from './loss-form.ts';
import { lossFormulas } from './loss-formula.ts';
import { PageHistory } from './page-history.ts';
import { PinnedConfiguration } from './pinned-configuration.ts';
import { ProblemView } from './problem-view.ts';
import { OF_FILE, resolveConfiguration } from './resolve-configuration.ts';
import { SAMPLE_BATCHES } from './samples/sample-batches.ts';
import { BatchEvaluator } from './service/batch-evaluator.ts';
import type { Cure } from './service/cure.ts';
import type { Evaluation } from './service/evaluation.ts';
import type { Problem } from './service/problem.ts';

const progress = find<HTMLProgressElement>('progress');
const main = find('main');
const controls = find('.controls');
const figures = new Figures(find('#figures'), selectParameters);
const form = new HyperParameterForm(controls, () => parametersChanged(true));
const optionsForm = new OptionsForm(find('.options'), optionsChanged);
const metric = new MetricSelection(find('.sweep'), () => writeAddress(false));
const requestExport = new RequestExport(find('.export'));
const pageExports = new PageExports(
  find('#figures'),
  find<HTMLButtonElement>('.save-report'),
  () => requestExport.command,
);
const addressNotes = new NoteList(find('.address-notes'));
const questions = new FileQuestions(find<HTMLFormElement>('.file-questions'));
const pageHistory = new PageHistory((query) => openAddress(query, false));
const pinned = new PinnedConfiguration(controls, find('.beside-pinned'), {
  onChange: () => writeAddress(false),
  onPinned: (shown) => {
    const form = current?.evaluator.formWith(shown?.lossSetting.changes ?? {}) ?? FOCAL_LOSS;
    figures.showPinned(shown && { parameters: shown.lossSetting.parameters, form, evaluation: shown.evaluation });
  },
  onSwap: (lossSetting) => {
    applySetting(lossSetting);
    writeAddress(false);
  },
});
const evaluationView = new EvaluationView({ controls, figures, pageExports, pinned, onCure: applyCure });
const problemView = new ProblemView({ onRetry: refresh, onCure: applyCure });
const picker = new BatchPicker(find('.batch-picker'), questions, {
  onSelect: () => problemView.clear(),
  onBatch: openBatch,
  onUnreadable: (detail) => problemView.showUnreadable(detail),
});
new FileProgramList(find('.write-file'));

/** The batch on the page. */
interface Current {
  readonly id: string;
  readonly file: BatchFile;
  readonly title: string;
  readonly evaluator: BatchEvaluator;
}
let current: Current | null = null;
/** What the address says of a batch that is still to be opened. */
let awaited: PageState | null = null;
/** The user's last file: the back button returns to it. */
let ownBatch: Pick<Current, 'id' | 'file' | 'title'> | null = null;
let sweepRequested = false;

/** Starts at the file's gamma, alpha and options, or at those of the address. */
function openBatch(file: BatchFile, title: string, id: string): void {
  current?.evaluator.close();
  evaluationView.clear();
  pinned.clear();
  const evaluator = new BatchEvaluator(file, {
    onUpload(share) {
      progress.hidden = share === 1;
      progress.value = share;
    },
    onEvaluation(evaluation, lossSetting, body) {
      showEvaluation(evaluation, lossSetting);
      requestExport.show(file, body, lossSetting);
    },
    onPriors: (classes) => figures.showPriors(classes),
    onError: showError,
    onSweep(sweep, startSource) {
      figures.showSweep(sweep, startSource);
      pageExports.showSweep(sweep);
      metric.restore();
    },
    onSweepError: (problem) => problemView.showOfSweep(problem),
  });
  current = { id, file, title, evaluator };
  if (isOwnBatch(id)) ownBatch = current;
  const name = find('.batch-name');
  name.textContent = title;
  name.title = title;
  find('.batch-size').textContent = '';
  const state = awaited && isStateOf(awaited, id) ? awaited : null;
  awaited = null;
  applySetting(resolveConfiguration(state?.lossSetting ?? OF_FILE, evaluator));
  if (state?.pinned) void pinned.restore(resolveConfiguration(state.pinned, evaluator), evaluator);
  if (state) {
    if (isOwnBatch(id)) addressNotes.show([]);
    pageHistory.correct(addressNow());
    return;
  }
  addressNotes.show([]);
  writeAddress(false);
}

/** Sets all controls, and evaluates. */
function applySetting({ parameters, changes }: LossConfiguration): void {
  if (!current) return;
  const { file, evaluator } = current;
  optionsForm.configure(file, changes);
  form.configure(evaluator.formWith(changes), evaluator.fileGamma, evaluator.alphaWith(changes));
  form.value = parameters;
  refresh();
}

function selectParameters(parameters: HyperParameters): void {
  form.value = parameters;
  parametersChanged(false);
}

/** @param isDrag whether a slider or a field with text may change again at once */
function parametersChanged(isDrag: boolean): void {
  showParameters();
  writeAddress(isDrag);
  if (!current) return;
  main.setAttribute('aria-busy', 'true');
  void current.evaluator.evaluate(settingNow());
}

/** The α of another activation is the default of that one, unless the file has an α. */
function optionsChanged(): void {
  if (!current) return;
  const { evaluator } = current;
  const lossForm = evaluator.formWith(optionsForm.changes);
  form.adapt(lossForm, evaluator.fileGamma, evaluator.alphaWith(optionsForm.changes));
  writeAddress(false);
  refresh();
}

function applyCure(changes: Cure['changes']): void {
  optionsForm.changes = { ...optionsForm.changes, ...changes };
  optionsChanged();
}

function settingNow(): LossConfiguration {
  return { parameters: form.value, changes: optionsForm.changes };
}

/** Repeats all requests, without a delay. */
function refresh(): void {
  sweepRequested = false;
  problemView.clear();
  showParameters();
  if (!current) return;
  main.setAttribute('aria-busy', 'true');
  void current.evaluator.evaluate(settingNow(), 0);
}

function showParameters(): void {
  const lossForm = current?.evaluator.formWith(optionsForm.changes) ?? FOCAL_LOSS;
  drawFormula(find('.formula'), lossFormulas(form.value, lossForm));
  figures.showParameters(form.value, lossForm);
}

function showEvaluation(evaluation: Evaluation, lossSetting: LossConfiguration): void {
  if (!current) return;
  problemView.clear();
  main.removeAttribute('aria-busy');
  evaluationView.show(current, evaluation, lossSetting);
  if (sweepRequested) return;
  sweepRequested = true;
  void current.evaluator.sweep(evaluation.counts.classes, lossSetting.changes);
}

function showError(problem: Problem): void {
  progress.hidden = true;
  sweepRequested = false;
  main.removeAttribute('aria-busy');
  evaluationView.clear();
  pinned.clearCurrent();
  if (current) void problemView.show(problem, current.file, optionsForm.changes);
}

function addressNow(): string {
  const lossSetting = pinned.lossSetting;
  return addressOf({
    batch: current?.id ?? null,
    lossSetting: addressedSetting(settingNow()),
    pinned: lossSetting && addressedSetting(lossSetting),
    metric: metric.value,
  });
}

function writeAddress(isDrag: boolean): void {
  pageHistory.write(addressNow(), isDrag);
}

/**
 * Goes where an address says: to another setting of the batch, or to another batch.
 *
 * @param isStart whether the page is opened with it
 */
function openAddress(query: string, isStart: boolean): void {
  const { state, notes } = readAddress(query);
  const { batch, lossSetting } = state;
  metric.value = state.metric;
  const isKnown = isOwnBatch(batch) && !isStart && ownBatch?.id === batch;
  const note = isKnown ? null : batchNote(state);
  addressNotes.show(note === null ? notes : [...notes, note]);

  if (current && (batch === current.id || (isKnown && isOwnBatch(current.id)))) {
    const { evaluator } = current;
    pinned.clear();
    applySetting(resolveConfiguration(lossSetting, evaluator));
    if (state.pinned) void pinned.restore(resolveConfiguration(state.pinned, evaluator), evaluator);
    return;
  }
  const sample = sampleOf(state);
  awaited = sample || isOwnBatch(batch) ? state : { ...state, batch: null };
  if (!isOwnBatch(batch)) void picker.selectSample(sample ?? SAMPLE_BATCHES[0]!);
  else if (isKnown && ownBatch) openBatch(ownBatch.file, ownBatch.title, ownBatch.id);
  else if (isStart) showParameters();
  if (isOwnBatch(batch)) picker.highlight(null);
}

foldHeroOnChoice(find('.hero'));
// What has the focus is scrolled to below the bar, which stays at the top.
new ResizeObserver(() => {
  document.documentElement.style.setProperty('--bar-height', `${controls.offsetHeight}px`);
}).observe(controls);
openAddress(location.search, true);
