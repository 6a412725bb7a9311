import type { Evaluation, Sweep } from './answer.ts';
import type { BatchFile, Options } from './batch-file.ts';
import { post, Refusal } from './service.ts';
import type { Setting } from './setting.ts';

/** Long enough that a drag asks once when it rests, short enough that nobody waits for it. */
const REST_MS = 60;

const OUTPUTS = ['loss', 'per_class', 'difficulty'] as const;
const GAMMAS = [0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5];
const ALPHAS = [null, 0.05, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.95];

export interface Listener {
  onUpload(sent: number): void;
  onEvaluation(evaluation: Evaluation, setting: Setting, body: Blob): void;
  onSweep(sweep: Sweep): void;
  onRefusal(refusal: Refusal): void;
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

  /** What changes of the file with a setting. With softmax its own alpha stays, which may be a list. */
  changes({ gamma, alpha }: Setting): Options {
    const { alpha: own } = this.#file.options;
    const kept = this.softmax ? (own === undefined ? {} : { alpha: own }) : { alpha };
    return { gamma, ...kept, outputs: OUTPUTS };
  }

  /** @param after how long to wait for a further change, in milliseconds */
  async evaluate(setting: Setting, after = REST_MS): Promise<void> {
    this.#asked.abort();
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    await new Promise((resolve) => setTimeout(resolve, after));
    if (signal.aborted) return;
    const body = this.#file.body(this.changes(setting));
    await this.#ask<Evaluation>('v1/focal-loss', body, signal, (evaluation) =>
      this.#listener.onEvaluation(evaluation, setting, body),
    );
  }

  async sweep(): Promise<void> {
    const alphas = this.softmax ? [this.#file.options.alpha ?? null] : ALPHAS;
    const body = this.#file.body({ gammas: GAMMAS, alphas });
    await this.#ask<Sweep>('v1/focal-loss/sweep', body, this.#closed.signal, (sweep) => this.#listener.onSweep(sweep));
  }

  /** Nothing is asked any more, and nothing more is heard. */
  close(): void {
    this.#asked.abort();
    this.#closed.abort();
  }

  async #ask<Answer>(path: string, body: Blob, signal: AbortSignal, onAnswer: (answer: Answer) => void): Promise<void> {
    const { type } = this.#file;
    try {
      onAnswer(await post<Answer>({ path, type, body, signal, onUpload: (sent) => this.#listener.onUpload(sent) }));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#listener.onRefusal(error);
    }
  }
}
