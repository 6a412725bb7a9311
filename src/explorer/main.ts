import { drawFormula } from './charts/draw-formula.ts';
import { Figures } from './charts/figures.ts';
import { BatchPicker } from './controls/batch-picker.ts';
import { FileProgramList } from './controls/file-program-list.ts';
import { FileQuestions } from './controls/file-questions.ts';
import { HyperParameterForm } from './controls/hyper-parameter-form.ts';
import { MetricSelection } from './controls/metric-selection.ts';
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
import { type NamedBatch, PageAddress } from './page-address.ts';
import { PinnedConfiguration } from './pinned-configuration.ts';
import { ProblemView } from './problem-view.ts';
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
const metric = new MetricSelection(find('.sweep'), () => address.write(false));
const requestExport = new RequestExport(find('.export'));
const pageExports = new PageExports(
  find('#figures'),
  find<HTMLButtonElement>('.save-report'),
  () => requestExport.command,
);
const questions = new FileQuestions(find<HTMLFormElement>('.file-questions'));
const pinned = new PinnedConfiguration(controls, find('.beside-pinned'), {
  onChange: () => address.write(false),
  onPinned: (shown) => {
    const form = current?.evaluator.formWith(shown?.lossSetting.changes ?? {}) ?? FOCAL_LOSS;
    figures.showPinned(shown && { parameters: shown.lossSetting.parameters, form, evaluation: shown.evaluation });
  },
  onSwap: (lossSetting) => {
    applySetting(lossSetting);
    address.write(false);
  },
});
const evaluationView = new EvaluationView({ controls, figures, pageExports, pinned, onCure: applyCure });
const problemView = new ProblemView({ onRetry: refresh, onCure: applyCure });
const picker = new BatchPicker(find('.batch-picker'), questions, {
  onSelect: () => problemView.clear(),
  onBatch: (file, title, id) => openBatch({ file, title, id }),
  onUnreadable: (detail) => problemView.showUnreadable(detail),
});
new FileProgramList(find('.write-file'));

const address = new PageAddress({
  picker,
  pinned,
  metric,
  batch: () => current,
  lossConfiguration: settingNow,
  apply: applySetting,
  openBatch,
  showParameters,
});

/** The batch on the page. */
let current: (NamedBatch & { readonly evaluator: BatchEvaluator }) | null = null;
let sweepRequested = false;

function openBatch({ file, title, id }: NamedBatch): void {
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
  const name = find('.batch-name');
  name.textContent = title;
  name.title = title;
  find('.batch-size').textContent = '';
  address.batchOpened(current);
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
  address.write(isDrag);
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
  address.write(false);
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

foldHeroOnChoice(find('.hero'));
// What has the focus is scrolled to below the bar, which stays at the top.
new ResizeObserver(() => {
  document.documentElement.style.setProperty('--bar-height', `${controls.offsetHeight}px`);
}).observe(controls);
address.open(location.search, true);
