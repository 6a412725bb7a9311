import { addressedSetting, addressOf, type PageState, readAddress } from './address.ts';
import type { BatchFile } from './batch-files/batch-file.ts';
import { batchNote, isOwnBatch, isStateOf, sampleOf } from './batch-in-address.ts';
import { drawFormula } from './charts/draw-formula.ts';
import { Figures } from './charts/figures.ts';
import { clearHeadline, drawHeadline } from './charts/headline.ts';
import { ApiKeyForm } from './controls/api-key-form.ts';
import { BatchPicker } from './controls/batch-picker.ts';
import { FileProgramList } from './controls/file-program-list.ts';
import { FileQuestions } from './controls/file-questions.ts';
import { HyperParameterForm } from './controls/hyper-parameter-form.ts';
import { MetricSelection } from './controls/metric-selection.ts';
import { NoteList } from './controls/note-list.ts';
import { OptionsForm } from './controls/options-form.ts';
import { ProblemPanel } from './controls/problem-panel.ts';
import { RequestExport } from './controls/request-export.ts';
import { WarningList } from './controls/warning-list.ts';
import { PageExports } from './exports/page-exports.ts';
import { foldHeroOnChoice } from './fold-hero.ts';
import { count, quantity } from './format.ts';
import { find } from './html.ts';
import type { HyperParameters } from './hyper-parameters.ts';
import type { LossConfiguration } from './loss-configuration.ts';
import { FOCAL_LOSS } from './loss-form.ts';
import { lossFormulas } from './loss-formula.ts';
import { inForce } from './option-specs.ts';
import { PageHistory } from './page-history.ts';
import { PinnedConfiguration } from './pinned-configuration.ts';
import { OF_FILE, resolveConfiguration } from './resolve-configuration.ts';
import { SAMPLE_BATCHES } from './samples/sample-batches.ts';
import { BatchEvaluator } from './service/batch-evaluator.ts';
import type { Cure } from './service/cure.ts';
import type { Evaluation } from './service/evaluation.ts';
import { mistakesOf } from './service/mistakes-of.ts';
import type { Problem } from './service/problem.ts';
import { curesOfProblem } from './service/problem-cures.ts';
import { curesOfWarning } from './service/warning-cures.ts';

const UNAUTHORIZED = 401;

const progress = find<HTMLProgressElement>('progress');
const main = find('main');
const controls = find('.controls');
const figures = new Figures(find('#figures'), selectParameters);
const form = new HyperParameterForm(controls, () => parametersChanged(true));
const optionsForm = new OptionsForm(find('.options'), optionsChanged);
const metric = new MetricSelection(find('.sweep'), () => writeAddress(false));
const requestExport = new RequestExport(find('.export'));
const warningList = new WarningList(find('.warnings'), applyCure);
const problemPanel = new ProblemPanel(find('.problem'), refresh, applyCure);
const apiKeyForm = new ApiKeyForm(find<HTMLFormElement>('.api-key'), refresh);
const pageExports = new PageExports(find('#figures'), find<HTMLButtonElement>('.save-report'));
const addressNotes = new NoteList(find('.address-notes'));
const questions = new FileQuestions(find<HTMLFormElement>('.file-questions'));
const pageHistory = new PageHistory((query) => openAddress(query, false));
const pinned = new PinnedConfiguration(controls, find('.beside-pinned'), {
  onChange: () => writeAddress(false),
  onSwap: (lossSetting) => {
    applySetting(lossSetting);
    writeAddress(false);
  },
});
const picker = new BatchPicker(find('.batch-picker'), questions, { onBatch: openBatch, onUnreadable: showUnreadable });
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
  clearResults();
  pinned.clear();
  const evaluator = new BatchEvaluator(file, {
    onUpload(share) {
      progress.hidden = share === 1;
      progress.value = share;
    },
    onEvaluation(evaluation, lossSetting, body) {
      showEvaluation(evaluation, lossSetting);
      requestExport.show(file, body);
    },
    onPriors: (classes) => figures.showPriors(classes),
    onError: showError,
    onSweep(sweep, startSource) {
      figures.showSweep(sweep, startSource);
      pageExports.showSweep(sweep);
      metric.restore();
    },
    onSweepError: (problem) => problemPanel.show(problem),
  });
  current = { id, file, title, evaluator };
  if (isOwnBatch(id)) ownBatch = current;
  find('.batch-name').textContent = title;
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

function clearResults(): void {
  figures.clear();
  pageExports.clear();
  warningList.show([], () => []);
  clearHeadline(controls);
  find('.engine').textContent = '';
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
  problemPanel.clear();
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
  problemPanel.clear();
  main.removeAttribute('aria-busy');
  const { samples, classes, positives } = evaluation.counts;
  find('.batch-size').textContent =
    `${count(samples)} ${samples === 1 ? 'sample' : 'samples'} × ${count(classes)} ${classes === 1 ? 'class' : 'classes'}, ` +
    `${count(positives)} ${positives === 1 ? 'positive' : 'positives'}`;
  const options = inForce(current?.file.options ?? {}, lossSetting.changes);
  warningList.show(evaluation.warnings ?? [], (code) => curesOfWarning(code, options));
  drawHeadline(controls, lossSetting.parameters, evaluation);
  figures.showEvaluation(evaluation);
  const title = find('.batch-name').textContent ?? '';
  pageExports.showEvaluation({ title, parameters: lossSetting.parameters, evaluation });
  pinned.showCurrent(lossSetting, evaluation);
  const { engine, duration_ms: duration } = evaluation;
  find('.engine').textContent = `Evaluated in ${quantity(duration.compute)} ms by ${engine.name} on ${engine.device}.`;
  if (sweepRequested) return;
  sweepRequested = true;
  void current?.evaluator.sweep(classes, lossSetting.changes);
}

function showError(problem: Problem): void {
  progress.hidden = true;
  sweepRequested = false;
  main.removeAttribute('aria-busy');
  clearResults();
  pinned.clearCurrent();
  if (problem.status === UNAUTHORIZED) apiKeyForm.show(problem.detail);
  else void showProblem(problem);
}

/** Labels are counted while the message is on the page. */
async function showProblem(problem: Problem): Promise<void> {
  problemPanel.show(problem);
  if (!current) return;
  const { file } = current;
  const { changes } = settingNow();
  const cures = curesOfProblem(problem, file, changes);
  problemPanel.showCures(cures, null);
  const mistakes = await mistakesOf(problem, file, changes);
  const isStillShown = current?.file === file && settingNow().changes === changes;
  if (isStillShown) problemPanel.showCures(cures, mistakes);
}

/** The batch on the page stays. */
function showUnreadable(detail: string): void {
  problemPanel.show({ title: 'The page cannot read this file', status: 0, detail, code: 'unreadable' }, false);
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
openAddress(location.search, true);
