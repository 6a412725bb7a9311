import type { BatchFile, Options } from '../batch-files/batch-file.ts';
import { type FileGamma, fileGamma } from '../file-gamma.ts';
import { type Alpha, BALANCED, EFFECTIVE_NUMBER, sameAlpha } from '../hyper-parameters.ts';
import { type LossConfiguration, requestedChanges } from '../loss-configuration.ts';
import { defaultAlpha, type LossForm, lossFormOf } from '../loss-form.ts';
import { inForce } from '../option-specs.ts';
import type { ClassBreakdown, Evaluation } from './evaluation.ts';
import { postBatch } from './post-batch.ts';
import { type Problem, ProblemError } from './problem.ts';
import type { StartSource } from './start-source.ts';
import type { Sweep } from './sweep.ts';

/** Long enough that dragging a slider sends one request when it stops, short enough to feel immediate. */
const DEBOUNCE_MS = 60;

/** What the page shows of a response. */
export const OUTPUTS = ['loss', 'per_class', 'difficulty', 'calibration'] as const;
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
  readonly onEvaluation: (evaluation: Evaluation, lossSetting: LossConfiguration, body: Blob) => void;
  /** The breakdown again, in which each class has its prior and initial logit. Only where a posterior has a meaning. */
  readonly onPriors: (classes: readonly ClassBreakdown[]) => void;
  readonly onError: (problem: Problem) => void;
  readonly onSweep: (sweep: Sweep, startSource: StartSource) => void;
  readonly onSweepError: (problem: Problem) => void;
}

/** Has the service evaluate and sweep one batch. A new evaluation cancels the one before. */
export class BatchEvaluator {
  readonly #file: BatchFile;
  readonly #listener: EvaluationListener;
  readonly #closed = new AbortController();
  #evaluation = new AbortController();
  #sweep = new AbortController();

  constructor(file: BatchFile, listener: EvaluationListener) {
    this.#file = file;
    this.#listener = listener;
  }

  /** The form of the loss by the file's options and the changes to them. */
  formWith(changes: Options): LossForm {
    return lossFormOf(inForce(this.#file.options, changes));
  }

  /** The file's alpha, or the service's default. */
  alphaWith(changes: Options): Alpha {
    const { alpha } = this.#file.options;
    if (alpha === 'off') return null;
    const known = typeof alpha === 'number' || typeof alpha === 'object';
    return known ? alpha : defaultAlpha(this.formWith(changes));
  }

  /** The gamma to start with. */
  get fileGamma(): FileGamma {
    return fileGamma(this.#file.options);
  }

  /** @param delay how long to wait for a further change, in milliseconds */
  async evaluate(lossSetting: LossConfiguration, delay = DEBOUNCE_MS): Promise<void> {
    this.#evaluation.abort();
    this.#evaluation = new AbortController();
    const { signal } = this.#evaluation;
    await new Promise((resolve) => setTimeout(resolve, delay));
    if (signal.aborted) return;
    const body = await this.#bodyOf(lossSetting);
    if (signal.aborted) return;
    const { onUpload, onEvaluation, onError } = this.#listener;
    const { type } = this.#file;
    const response = postBatch<Evaluation>({ path: 'v1/focal-loss', type, body, signal, onUpload });
    await response.then((evaluation) => {
      onEvaluation(evaluation, lossSetting, body);
      void this.#requestPriors(evaluation, lossSetting, signal);
    }, reportErrors(onError));
  }

  /** Where this fails, classes have no initial logit, and all else is there. */
  async #requestPriors({ calibration, counts }: Evaluation, lossSetting: LossConfiguration, signal: AbortSignal) {
    if (!calibration.posterior || counts.elements > MAX_PRIOR_ELEMENTS) return;
    const { type } = this.#file;
    const body = await this.#bodyOf(lossSetting, PRIOR_OUTPUTS);
    if (signal.aborted) return;
    const response = postBatch<Pick<Evaluation, 'per_class'>>({ path: 'v1/focal-loss', type, body, signal });
    await response.then(
      ({ per_class: classes }) => this.#listener.onPriors(classes),
      reportErrors(() => undefined),
    );
  }

  /**
   * Evaluates a setting beside the others.
   *
   * @throws {ProblemError}
   */
  async evaluateOnce(lossSetting: LossConfiguration): Promise<Evaluation> {
    const body = await this.#bodyOf(lossSetting);
    const { signal } = this.#closed;
    return postBatch<Evaluation>({ path: 'v1/focal-loss', type: this.#file.type, body, signal });
  }

  async sweep(classes: number, changes: Options): Promise<void> {
    this.#sweep.abort();
    this.#sweep = new AbortController();
    const { signal } = this.#sweep;
    const form = this.formWith(changes);
    const { gammas: all, alphas: numbers } = classes > MANY_CLASSES ? COARSE_GRID : FINE_GRID;
    const gammas = all.filter((gamma) => form.softLabels !== 'quality' || isQualityGamma(gamma));
    const alphas = form.softmax ? [...SCHEMES] : [...numbers, ...SCHEMES];
    const ownAlpha = this.alphaWith(changes);
    if (!alphas.some((alpha) => sameAlpha(alpha, ownAlpha))) alphas.push(ownAlpha);
    const body = await this.#file.body({ ...changes, gammas, alphas });
    if (signal.aborted) return;
    const { onSweep, onSweepError } = this.#listener;
    const response = postBatch<Sweep>({ path: 'v1/focal-loss/sweep', type: this.#file.type, body, signal });
    await response.then((sweep) => onSweep(sweep, this.#startSource(changes, body.size)), reportErrors(onSweepError));
  }

  #bodyOf(lossSetting: LossConfiguration, outputs: readonly string[] = OUTPUTS): Promise<Blob> {
    return this.#file.body(requestedChanges(lossSetting, outputs));
  }

  /** What a recommended start is computed from: the negatives at any gamma, without alpha. */
  #startSource(changes: Options, bytes: number): StartSource {
    const { type } = this.#file;
    const { signal } = this.#sweep;
    return {
      bytes,
      negativesAt: async (gamma) => {
        const body = await this.#file.body({ ...changes, gamma, alpha: null, outputs: ['difficulty'] });
        const request = { path: 'v1/focal-loss', type, body, signal };
        return (await postBatch<Pick<Evaluation, 'difficulty'>>(request)).difficulty.negatives;
      },
    };
  }

  /** Cancels all requests. The listener is not called any more. */
  close(): void {
    this.#evaluation.abort();
    this.#sweep.abort();
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
