import type { Evaluation, Problem, Sweep } from './answer.ts';
import type { BatchFile } from './batch-file.ts';
import { post, Refusal } from './service.ts';
import { type Alpha, BALANCED, EFFECTIVE_NUMBER, type Setting, sameAlpha } from './setting.ts';

/** Long enough that a drag asks once when it rests, short enough that nobody waits for it. */
const REST_MS = 60;

const OUTPUTS = ['loss', 'per_class', 'difficulty'] as const;

/** What the map goes through. */
interface Lattice {
  readonly gammas: readonly number[];
  readonly alphas: readonly number[];
}
const FINE: Lattice = {
  gammas: [0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5],
  alphas: [0.95, 0.9, 0.75, 0.6, 0.5, 0.4, 0.25, 0.1, 0.05],
};
/** For so many classes that their shares at every point make megabytes. */
const COARSE: Lattice = { gammas: [0, 1, 2, 3, 5], alphas: [0.9, 0.75, 0.5, 0.25, 0.1] };
const MANY_CLASSES = 500;
const SCHEMES: readonly Alpha[] = [null, BALANCED, EFFECTIVE_NUMBER];

export interface Listener {
  readonly onUpload: (sent: number) => void;
  readonly onEvaluation: (evaluation: Evaluation, setting: Setting, body: Blob) => void;
  readonly onRefusal: (problem: Problem) => void;
  readonly onSweep: (sweep: Sweep) => void;
  readonly onSweepRefusal: (problem: Problem) => void;
}

/** Asks the service about one batch: at the setting whenever that has changed, and once about all of the map. The latest wins. */
export class Explorer {
  readonly #file: BatchFile;
  readonly #listener: Listener;
  readonly #closed = new AbortController();
  #asked = new AbortController();

  constructor(file: BatchFile, listener: Listener) {
    this.#file = file;
    this.#listener = listener;
  }

  get softmax(): boolean {
    return this.#file.options.activation === 'softmax';
  }

  /** Of the file, or the service's default. */
  get alpha(): Alpha {
    const { alpha } = this.#file.options;
    const known = typeof alpha === 'number' || typeof alpha === 'object';
    return known ? alpha : this.softmax ? null : 0.25;
  }

  get gamma(): number {
    const { gamma } = this.#file.options;
    return typeof gamma === 'number' ? gamma : 2;
  }

  /** @param after how long to wait for a further change, in milliseconds */
  async evaluate(setting: Setting, after = REST_MS): Promise<void> {
    this.#asked.abort();
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    await new Promise((resolve) => setTimeout(resolve, after));
    if (signal.aborted) return;
    const body = this.#file.body({ ...setting, outputs: OUTPUTS });
    const { onUpload, onEvaluation, onRefusal } = this.#listener;
    const { type } = this.#file;
    const call = post<Evaluation>({ path: 'v1/focal-loss', type, body, signal, onUpload });
    await call.then((evaluation) => onEvaluation(evaluation, setting, body), telling(onRefusal));
  }

  async sweep(classes: number): Promise<void> {
    const { gammas, alphas: numbers } = classes > MANY_CLASSES ? COARSE : FINE;
    const alphas = this.softmax ? [...SCHEMES] : [...numbers, ...SCHEMES];
    const own = this.alpha;
    if (!alphas.some((alpha) => sameAlpha(alpha, own))) alphas.push(own);
    const body = this.#file.body({ gammas, alphas });
    const { onSweep, onSweepRefusal } = this.#listener;
    const { signal } = this.#closed;
    const call = post<Sweep>({ path: 'v1/focal-loss/sweep', type: this.#file.type, body, signal });
    await call.then(onSweep, telling(onSweepRefusal));
  }

  /** Nothing is asked any more, and nothing more is heard. */
  close(): void {
    this.#asked.abort();
    this.#closed.abort();
  }
}

/** What is not a refusal is a mistake of the page. */
function telling(onRefusal: (problem: Problem) => void): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof Refusal)) throw error;
    onRefusal(error.problem);
  };
}
