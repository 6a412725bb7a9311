import type { BatchFile, Options } from './batch-files/batch-file.ts';
import { ApiKeyForm } from './controls/api-key-form.ts';
import { ProblemPanel } from './controls/problem-panel.ts';
import { find } from './html.ts';
import type { Cure } from './service/cure.ts';
import { mistakesOf } from './service/mistakes-of.ts';
import type { Problem } from './service/problem.ts';
import { curesOfProblem } from './service/problem-cures.ts';

const UNAUTHORIZED = 401;

export interface ProblemViewListener {
  readonly onRetry: () => void;
  readonly onCure: (changes: Cure['changes']) => void;
}

/** What the page shows where an evaluation fails: the problem with its cures, or the form for an API key. */
export class ProblemView {
  readonly #panel: ProblemPanel;
  readonly #apiKeyForm: ApiKeyForm;
  #shown: Problem | null = null;

  constructor({ onRetry, onCure }: ProblemViewListener) {
    this.#panel = new ProblemPanel(find('.problem'), onRetry, onCure);
    this.#apiKeyForm = new ApiKeyForm(find<HTMLFormElement>('.api-key'), onRetry);
  }

  /** Labels are counted while the message is on the page. */
  async show(problem: Problem, file: BatchFile, changes: Options): Promise<void> {
    if (problem.status === UNAUTHORIZED) {
      this.#apiKeyForm.show(problem.detail);
      return;
    }
    this.#shown = problem;
    this.#panel.show(problem);
    const cures = curesOfProblem(problem, file, changes);
    this.#panel.showCures(cures, null);
    const mistakes = await mistakesOf(problem, file, changes);
    if (this.#shown === problem) this.#panel.showCures(cures, mistakes);
  }

  /** The evaluation of the same batch is on the page. */
  showOfSweep(problem: Problem): void {
    this.#shown = problem;
    this.#panel.show(problem);
  }

  /** The batch on the page stays. */
  showUnreadable(detail: string): void {
    const problem = { title: 'The page cannot read this file', status: 0, detail, code: 'unreadable' };
    this.#shown = problem;
    this.#panel.show(problem, false);
  }

  clear(): void {
    this.#shown = null;
    this.#panel.clear();
  }
}
