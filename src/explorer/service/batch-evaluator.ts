import type { BatchFile } from '../batch-files/batch-file.ts';
import { type FileGamma, fileGamma } from '../file-gamma.ts';
import { type Alpha, BALANCED, EFFECTIVE_NUMBER, type HyperParameters, sameAlpha } from '../hyper-parameters.ts';
import { defaultAlpha, type LossForm, lossFormOf } from '../loss-form.ts';
import type { ClassBreakdown, Evaluation } from './evaluation.ts';
import { postBatch } from './post-batch.ts';
import { type Problem, ProblemError } from './problem.ts';
import type { StartSource } from './start-source.ts';
import type { Sweep } from './sweep.ts';

/** Long enough that dragging a slider sends one request when it stops, short enough to feel immediate. */
const DEBOUNCE_MS = 60;

const OUTPUTS = ['loss', 'per_class', 'difficulty', 'calibration'] as const;
/** The output that gives classes an initial logit has a number for each element, which is not worth more megabytes than this. */
const PRIOR_OUTPUTS = ['per_class', 'posterior'] as const;
const MAX_PRIOR_ELEMENTS = 2 ** 18;

/** The hyperparameters of a sweep. */
interface ParameterGrid {
  readonly gammas: readonly number[];
  readonly alphas: readonly number[];
}
const FINE_GRID: ParameterGrid = {
  gammas: [0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5],
  alphas: [0.95, 0.9, 0.75, 0.6, 0.5, 0.4, 0.25, 0.1, 0.05],
};
/** With many classes, the shares of each class at each point of the fine grid would take megabytes. */
const COARSE_GRID: ParameterGrid = { gammas: [0, 1, 2, 3, 5], alphas: [0.9, 0.75, 0.5, 0.25, 0.1] };
const MANY_CLASSES = 500;
const SCHEMES: readonly Alpha[] = [null, BALANCED, EFFECTIVE_NUMBER];

export interface EvaluationListener {
  readonly onUpload: (share: number) => void;
  readonly onEvaluation: (evaluation: Evaluation, parameters: HyperParameters, body: Blob) => void;
  /** The breakdown again, in which each class has its prior and initial logit. Only where a posterior has a meaning. */
  readonly onPriors: (classes: readonly ClassBreakdown[]) => void;
  readonly onError: (problem: Problem) => void;
  readonly onSweep: (sweep: Sweep) => void;
  readonly onSweepError: (problem: Problem) => void;
}

/** Has the service evaluate and sweep one batch. A new evaluation cancels the one before. */
export class BatchEvaluator {
  readonly #file: BatchFile;
  readonly #listener: EvaluationListener;
  readonly #closed = new AbortController();
  #evaluation = new AbortController();

  constructor(file: BatchFile, listener: EvaluationListener) {
    this.#file = file;
    this.#listener = listener;
  }

  /** The form of the loss, which is the file's. */
  get form(): LossForm {
    return lossFormOf(this.#file.options);
  }

  /** The file's alpha, or the service's default. */
  get alpha(): Alpha {
    const { alpha } = this.#file.options;
    const known = typeof alpha === 'number' || typeof alpha === 'object';
    return known ? alpha : defaultAlpha(this.form);
  }

  /** The gamma to start with. */
  get fileGamma(): FileGamma {
    return fileGamma(this.#file.options);
  }

  /** @param delay how long to wait for a further change, in milliseconds */
  async evaluate(parameters: HyperParameters, delay = DEBOUNCE_MS): Promise<void> {
    this.#evaluation.abort();
    this.#evaluation = new AbortController();
    const { signal } = this.#evaluation;
    await new Promise((resolve) => setTimeout(resolve, delay));
    if (signal.aborted) return;
    const body = this.#file.body({ ...parameters, outputs: OUTPUTS });
    const { onUpload, onEvaluation, onError } = this.#listener;
    const { type } = this.#file;
    const response = postBatch<Evaluation>({ path: 'v1/focal-loss', type, body, signal, onUpload });
    await response.then((evaluation) => {
      onEvaluation(evaluation, parameters, body);
      void this.#requestPriors(evaluation, parameters, signal);
    }, reportErrors(onError));
  }

  /** Where this fails, classes have no initial logit, and all else is there. */
  async #requestPriors({ calibration, counts }: Evaluation, parameters: HyperParameters, signal: AbortSignal) {
    if (!calibration.posterior || counts.elements > MAX_PRIOR_ELEMENTS) return;
    const { type } = this.#file;
    const body = this.#file.body({ ...parameters, outputs: PRIOR_OUTPUTS });
    const response = postBatch<Pick<Evaluation, 'per_class'>>({ path: 'v1/focal-loss', type, body, signal });
    await response.then(
      ({ per_class: classes }) => this.#listener.onPriors(classes),
      reportErrors(() => undefined),
    );
  }

  async sweep(classes: number): Promise<void> {
    const { gammas: all, alphas: numbers } = classes > MANY_CLASSES ? COARSE_GRID : FINE_GRID;
    const gammas = all.filter((gamma) => this.form.softLabels !== 'quality' || isQualityGamma(gamma));
    const alphas = this.form.softmax ? [...SCHEMES] : [...numbers, ...SCHEMES];
    const ownAlpha = this.alpha;
    if (!alphas.some((alpha) => sameAlpha(alpha, ownAlpha))) alphas.push(ownAlpha);
    const body = this.#file.body({ gammas, alphas });
    const { onSweep, onSweepError } = this.#listener;
    const { signal } = this.#closed;
    const response = postBatch<Sweep>({ path: 'v1/focal-loss/sweep', type: this.#file.type, body, signal });
    await response.then(onSweep, reportErrors(onSweepError));
  }

  /** What a recommended start is computed from: the negatives at any gamma, without alpha. */
  get startSource(): StartSource {
    const { type } = this.#file;
    const bodyOf = (gamma: number) => this.#file.body({ gamma, alpha: null, outputs: ['difficulty'] });
    return {
      bytes: bodyOf(0).size,
      negativesAt: async (gamma) => {
        const request = { path: 'v1/focal-loss', type, body: bodyOf(gamma), signal: this.#closed.signal };
        return (await postBatch<Pick<Evaluation, 'difficulty'>>(request)).difficulty.negatives;
      },
    };
  }

  /** Cancels all requests. The listener is not called any more. */
  close(): void {
    this.#evaluation.abort();
    this.#closed.abort();
  }
}

/** Between 0 and 1 the derivative of quality focal loss is infinite where p is the label. */
function isQualityGamma(gamma: number): boolean {
  return gamma === 0 || gamma >= 1;
}

/** Any error but a `ProblemError` is a bug of the page. */
function reportErrors(onError: (problem: Problem) => void): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof ProblemError)) throw error;
    onError(error.problem);
  };
}
