import type { Evaluation, Problem } from './answer.ts';
import { KeyForm } from './api-key.ts';
import type { BatchFile } from './batch-file.ts';
import { BatchPicker } from './batch-picker.ts';
import { Explorer } from './explorer.ts';
import { Figures } from './figures.ts';
import { count, quantity } from './format.ts';
import { clearHeadline, drawHeadline } from './headline.ts';
import { find } from './html.ts';
import { ProblemPanel } from './problem-panel.ts';
import { RequestCode } from './request-code.ts';
import { SAMPLE_BATCHES } from './sample-batches.ts';
import type { Setting } from './setting.ts';
import { SettingForm } from './setting-form.ts';

const UNAUTHORIZED = 401;

const progress = find<HTMLProgressElement>('progress');
const main = find('main');
const settingSection = find('.setting');
const figures = new Figures(find('#figures'), choose);
const form = new SettingForm(settingSection, changed);
const code = new RequestCode(find('.code'));
const problem = new ProblemPanel(find('.problem'), ask);
const keyForm = new KeyForm(find<HTMLFormElement>('.key'), ask);
const picker = new BatchPicker(find('.choice'), open);

let explorer: Explorer | null = null;
let swept = false;

/** Another batch: it starts at what its file says, else where the service would. */
function open(file: BatchFile, title: string): void {
  explorer?.close();
  clear();
  explorer = new Explorer(file, {
    onUpload(sent) {
      progress.hidden = sent === 1;
      progress.value = sent;
    },
    onEvaluation(evaluation, setting, body) {
      showEvaluation(evaluation, setting);
      code.show(file, body);
    },
    onRefusal: refused,
    onSweep: (sweep) => figures.showSweep(sweep),
    onSweepRefusal: (what) => problem.show(what),
  });
  find('.batch-name').textContent = title;
  find('.batch-size').textContent = '';
  const { softmax, gamma, alpha } = explorer;
  form.offer(softmax, alpha);
  form.setting = { gamma, alpha };
  ask();
}

/** What is on the page is of another batch. */
function clear(): void {
  figures.clear();
  clearHeadline(settingSection);
}

function choose(setting: Setting): void {
  form.setting = setting;
  changed();
}

function changed(): void {
  showSetting();
  main.setAttribute('aria-busy', 'true');
  void explorer?.evaluate(form.setting);
}

/** All anew, and at once. */
function ask(): void {
  swept = false;
  problem.clear();
  showSetting();
  main.setAttribute('aria-busy', 'true');
  void explorer?.evaluate(form.setting, 0);
}

function showSetting(): void {
  figures.showSetting(form.setting, explorer?.softmax ?? false);
}

function showEvaluation(evaluation: Evaluation, setting: Setting): void {
  problem.clear();
  main.removeAttribute('aria-busy');
  const { samples, classes, positives } = evaluation.counts;
  find('.batch-size').textContent =
    `${count(samples)} ${samples === 1 ? 'sample' : 'samples'} × ${count(classes)} ${classes === 1 ? 'class' : 'classes'}, ` +
    `${count(positives)} ${positives === 1 ? 'positive' : 'positives'}`;
  drawHeadline(settingSection, setting, evaluation);
  figures.showEvaluation(evaluation);
  const { engine, duration_ms: duration } = evaluation;
  find('.engine').textContent = `Evaluated in ${quantity(duration.compute)} ms by ${engine.name} on ${engine.device}.`;
  if (swept) return;
  swept = true;
  void explorer?.sweep(classes);
}

function refused(what: Problem): void {
  progress.hidden = true;
  main.removeAttribute('aria-busy');
  clear();
  if (what.status === UNAUTHORIZED) keyForm.ask(what.detail);
  else problem.show(what);
}

void picker.choose(SAMPLE_BATCHES[0]!);
