import type { BatchFile } from './batch-files/batch-file.ts';
import { drawFormula } from './charts/draw-formula.ts';
import { Figures } from './charts/figures.ts';
import { clearHeadline, drawHeadline } from './charts/headline.ts';
import { ApiKeyForm } from './controls/api-key-form.ts';
import { BatchPicker } from './controls/batch-picker.ts';
import { HyperParameterForm } from './controls/hyper-parameter-form.ts';
import { ProblemPanel } from './controls/problem-panel.ts';
import { RequestExport } from './controls/request-export.ts';
import { WarningList } from './controls/warning-list.ts';
import { PageExports } from './exports/page-exports.ts';
import { foldHeroOnChoice } from './fold-hero.ts';
import { count, quantity } from './format.ts';
import { find } from './html.ts';
import type { HyperParameters } from './hyper-parameters.ts';
import { FOCAL_LOSS } from './loss-form.ts';
import { lossFormulas } from './loss-formula.ts';
import { SAMPLE_BATCHES } from './samples/sample-batches.ts';
import { BatchEvaluator } from './service/batch-evaluator.ts';
import type { Evaluation } from './service/evaluation.ts';
import type { Problem } from './service/problem.ts';

const UNAUTHORIZED = 401;

const progress = find<HTMLProgressElement>('progress');
const main = find('main');
const controls = find('.controls');
const figures = new Figures(find('#figures'), selectParameters);
const form = new HyperParameterForm(controls, parametersChanged);
const requestExport = new RequestExport(find('.export'));
const warningList = new WarningList(find('.warnings'));
const problemPanel = new ProblemPanel(find('.problem'), refresh);
const apiKeyForm = new ApiKeyForm(find<HTMLFormElement>('.api-key'), refresh);
const pageExports = new PageExports(find('#figures'), find<HTMLButtonElement>('.save-report'));
const picker = new BatchPicker(find('.batch-picker'), openBatch);

let evaluator: BatchEvaluator | null = null;
let sweepRequested = false;

/** Starts at the file's gamma and alpha, or at the service's defaults. */
function openBatch(file: BatchFile, title: string): void {
  evaluator?.close();
  clearResults();
  const opened: BatchEvaluator = new BatchEvaluator(file, {
    onUpload(share) {
      progress.hidden = share === 1;
      progress.value = share;
    },
    onEvaluation(evaluation, parameters, body) {
      showEvaluation(evaluation, parameters);
      requestExport.show(file, body);
    },
    onPriors: (classes) => figures.showPriors(classes),
    onError: showError,
    onSweep(sweep) {
      figures.showSweep(sweep, opened.startSource);
      pageExports.showSweep(sweep);
    },
    onSweepError: (problem) => problemPanel.show(problem),
  });
  evaluator = opened;
  find('.batch-name').textContent = title;
  find('.batch-size').textContent = '';
  form.configure(evaluator.form, evaluator.fileGamma, evaluator.alpha);
  refresh();
}

function clearResults(): void {
  figures.clear();
  pageExports.clear();
  warningList.show([]);
  clearHeadline(controls);
  find('.engine').textContent = '';
}

function selectParameters(parameters: HyperParameters): void {
  form.value = parameters;
  parametersChanged();
}

function parametersChanged(): void {
  showParameters();
  main.setAttribute('aria-busy', 'true');
  void evaluator?.evaluate(form.value);
}

/** Repeats all requests, without a delay. */
function refresh(): void {
  sweepRequested = false;
  problemPanel.clear();
  showParameters();
  main.setAttribute('aria-busy', 'true');
  void evaluator?.evaluate(form.value, 0);
}

function showParameters(): void {
  const lossForm = evaluator?.form ?? FOCAL_LOSS;
  drawFormula(find('.formula'), lossFormulas(form.value, lossForm));
  figures.showParameters(form.value, lossForm);
}

function showEvaluation(evaluation: Evaluation, parameters: HyperParameters): void {
  problemPanel.clear();
  main.removeAttribute('aria-busy');
  const { samples, classes, positives } = evaluation.counts;
  find('.batch-size').textContent =
    `${count(samples)} ${samples === 1 ? 'sample' : 'samples'} × ${count(classes)} ${classes === 1 ? 'class' : 'classes'}, ` +
    `${count(positives)} ${positives === 1 ? 'positive' : 'positives'}`;
  warningList.show(evaluation.warnings ?? []);
  drawHeadline(controls, parameters, evaluation);
  figures.showEvaluation(evaluation);
  pageExports.showEvaluation({ title: find('.batch-name').textContent ?? '', parameters, evaluation });
  const { engine, duration_ms: duration } = evaluation;
  find('.engine').textContent = `Evaluated in ${quantity(duration.compute)} ms by ${engine.name} on ${engine.device}.`;
  if (sweepRequested) return;
  sweepRequested = true;
  void evaluator?.sweep(classes);
}

function showError(problem: Problem): void {
  progress.hidden = true;
  sweepRequested = false;
  main.removeAttribute('aria-busy');
  clearResults();
  if (problem.status === UNAUTHORIZED) apiKeyForm.show(problem.detail);
  else problemPanel.show(problem);
}

foldHeroOnChoice(find('.hero'));
void picker.selectSample(SAMPLE_BATCHES[0]!);
