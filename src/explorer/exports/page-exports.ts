import { find } from '../html.ts';
import { describeParameters, type HyperParameters } from '../hyper-parameters.ts';
import { readApiKey } from '../service/api-key.ts';
import type { Evaluation } from '../service/evaluation.ts';
import type { Sweep } from '../service/sweep.ts';
import { calibrationRows, classRows, difficultyRows, sweepRows } from './evaluation-rows.ts';
import { addFigureExports, drawFigure, type FigureExport, summaryOf, titleOf } from './figure-exports.ts';
import { fileName } from './file-name.ts';
import { saveFile } from './save-file.ts';
import type { CsvCell } from './write-csv.ts';
import { writeReport } from './write-report.ts';

/** What is shown: the response to the latest request. */
export interface ShownEvaluation {
  /** The batch's title. */
  readonly title: string;
  readonly parameters: HyperParameters;
  readonly evaluation: Evaluation;
}

type Rows = (shown: ShownEvaluation, sweep: Sweep | null) => CsvCell[][];

const TABLES: Readonly<Record<string, Rows>> = {
  difficulty: ({ evaluation }) => difficultyRows(evaluation),
  cumulative: ({ evaluation }) => difficultyRows(evaluation),
  sweep: ({ evaluation }, sweep) => (sweep ? sweepRows(sweep, evaluation) : []),
  classes: ({ evaluation }) => classRows(evaluation),
  calibration: ({ evaluation }) => calibrationRows(evaluation),
  table: ({ evaluation }) => classRows(evaluation),
};
/** Tables that a report shows; those of the other figures are the same. */
const REPORTED_TABLES = ['difficulty', 'sweep', 'calibration', 'table'];
const FIGURES = ['curves', 'difficulty', 'cumulative', 'sweep', 'classes', 'calibration', 'table'];

/** What can be taken from the explorer: each picture, each table, and the whole page as a report. */
export class PageExports {
  readonly #exports: readonly FigureExport[];
  readonly #command: () => string;
  #shown: ShownEvaluation | null = null;
  #sweep: Sweep | null = null;

  /** @param command what sends the request again */
  constructor(root: HTMLElement, reportButton: HTMLButtonElement, command: () => string = () => '') {
    this.#command = command;
    this.#exports = FIGURES.map((name) => {
      const rows = TABLES[name];
      return {
        figure: find(`.figure.${name}`, root),
        name,
        subject: () => this.#subject(),
        footnote: () => this.#footnote(),
        hasPicture: name !== 'table',
        ...(rows ? { rows: () => (this.#shown ? rows(this.#shown, this.#sweep) : []) } : {}),
      };
    });
    for (const definition of this.#exports) addFigureExports(definition);
    reportButton.addEventListener('click', () => void this.#saveReport());
  }

  showEvaluation(shown: ShownEvaluation): void {
    this.#shown = shown;
  }

  showSweep(sweep: Sweep): void {
    this.#sweep = sweep;
  }

  clear(): void {
    this.#shown = null;
    this.#sweep = null;
  }

  #subject(): string[] {
    return this.#shown ? [this.#shown.title, describeParameters(this.#shown.parameters)] : ['focal-loss'];
  }

  #footnote(): string {
    if (!this.#shown) return 'focal-loss-service';
    const { title, parameters } = this.#shown;
    return `${title}: ${describeParameters(parameters)}. focal-loss-service`;
  }

  async #saveReport(): Promise<void> {
    const shown = this.#shown;
    if (!shown) return;
    const { title, parameters, evaluation } = shown;
    const version = await readVersion();
    const style = getComputedStyle(document.documentElement);
    const color = (name: string) => style.getPropertyValue(name).trim();
    const visible = this.#exports.filter(({ figure }) => !figure.hidden);
    const { samples, classes, positives } = evaluation.counts;
    const report = writeReport({
      title: `Focal loss of ${title}`,
      facts: [
        ['Hyperparameters', describeParameters(parameters)],
        ['Loss', String(evaluation.loss ?? evaluation.sum)],
        ['Batch', `${samples} samples × ${classes} classes, ${positives} positives`],
        ['Date', new Date().toISOString()],
        ['Engine', `${evaluation.engine.name} on ${evaluation.engine.device}`],
        ['focal-loss-service', version],
      ],
      warnings: (evaluation.warnings ?? []).map(({ code, message }) => `${code}: ${message}`),
      figures: visible.map((definition) => ({
        title: titleOf(definition.figure),
        summary: summaryOf(definition.figure),
        drawing: definition.hasPicture ? drawFigure(definition, 'h2, .summary') : null,
        rows: REPORTED_TABLES.includes(definition.name) ? (definition.rows?.() ?? null) : null,
      })),
      options: Object.entries((evaluation as { options?: object }).options ?? {}).map(([name, value]) => [
        name,
        shorten(typeof value === 'string' ? value : JSON.stringify(value)),
      ]),
      command: this.#command(),
      colors: {
        background: color('--surface'),
        foreground: color('--foreground'),
        divider: color('--divider'),
      },
    });
    saveFile(fileName([...this.#subject(), 'report'], 'html'), new Blob([report], { type: 'text/html;charset=utf-8' }));
  }
}

/** A list with a value for each of thousands of classes would hide all other options. */
function shorten(text: string): string {
  return text.length > 1000 ? `${text.slice(0, 1000)} …` : text;
}

/** The response to a batch has no version. Without one, the report is still worth saving. */
async function readVersion(): Promise<string> {
  const key = readApiKey();
  try {
    const response = await fetch('v1/engine', { headers: key === null ? {} : { authorization: `Bearer ${key}` } });
    const { versions } = (await response.json()) as { versions: Readonly<Record<string, string>> };
    return versions['focal-loss-service'] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
