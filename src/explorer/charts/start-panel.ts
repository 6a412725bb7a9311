import { formatMath } from '../format-math.ts';
import { find } from '../html.ts';
import type { HyperParameters } from '../hyper-parameters.ts';
import type { LossForm } from '../loss-form.ts';
import type { Evaluation } from '../service/evaluation.ts';
import { ProblemError } from '../service/problem.ts';
import type { NegativesAt, StartSource } from '../service/start-source.ts';
import type { Sweep, SweepPoint } from '../service/sweep.ts';
import { describeStart, whyNoStart } from './describe-start.ts';
import { recommendStart } from './recommend-start.ts';

/** Each γ that is looked at is a request with the batch. A larger batch, in bytes, is sent again only on a click. */
const MAX_UNASKED_BYTES = 16e6;

export interface StartListener {
  /** @param point the recommended one, or null if there is none */
  readonly onRecommendation: (point: SweepPoint | null) => void;
  readonly onSelect: (parameters: HyperParameters) => void;
}

/** Recommends a cell of the heatmap, and says why. */
export class StartPanel {
  readonly #panel: HTMLElement;
  readonly #text: HTMLElement;
  readonly #button: HTMLButtonElement;
  readonly #listener: StartListener;
  #action: () => void = () => undefined;
  /** Counts batches, so that an answer that arrives late is not shown beside another. */
  #batches = 0;

  constructor(panel: HTMLElement, listener: StartListener) {
    this.#panel = panel;
    this.#listener = listener;
    this.#text = find('.start-text', panel);
    this.#button = find<HTMLButtonElement>('button', panel);
    this.#button.addEventListener('click', () => this.#action());
  }

  clear(): void {
    this.#batches++;
    this.#panel.hidden = true;
  }

  show(evaluation: Evaluation, form: LossForm, sweep: Sweep, source: StartSource): void {
    this.clear();
    this.#panel.hidden = false;
    const none = whyNoStart(evaluation, form);
    find('.start-caveat', this.#panel).hidden = none !== null;
    if (none !== null) {
      this.#say(none);
      return;
    }
    const { positives } = evaluation.counts;
    const recommend = () => void this.#recommend(sweep, positives, source.negativesAt);
    if (source.bytes <= MAX_UNASKED_BYTES) {
      recommend();
      return;
    }
    this.#say('To recommend a cell, the page sends the batch up to six more times.');
    this.#configureButton('Recommend a cell', recommend);
  }

  async #recommend(sweep: Sweep, positives: number, negativesAt: NegativesAt): Promise<void> {
    const batch = this.#batches;
    this.#say('Looking for a cell to start with …');
    const recommendation = await recommendStart(sweep.grid, positives, negativesAt).catch((error) => {
      if (!(error instanceof ProblemError)) throw error;
      return null;
    });
    if (batch !== this.#batches) return;
    if (!recommendation) {
      this.#say('The recommendation failed. Select the batch again to repeat it.');
      return;
    }
    const { point } = recommendation;
    this.#say(describeStart(recommendation, positives));
    if (point)
      this.#configureButton('Select this cell', () =>
        this.#listener.onSelect({ gamma: point.gamma, alpha: point.alpha }),
      );
    this.#listener.onRecommendation(point);
  }

  #say(text: string): void {
    this.#text.replaceChildren(...formatMath(text));
    this.#button.hidden = true;
  }

  #configureButton(title: string, action: () => void): void {
    this.#button.replaceChildren(title);
    this.#button.hidden = false;
    this.#action = action;
  }
}
