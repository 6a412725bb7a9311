import { drawPinnedComparison, pointChange, relativeChange } from './charts/pinned-comparison.ts';
import { totals } from './charts/totals.ts';
import { PinControl } from './controls/pin-control.ts';
import { percent, quantity } from './format.ts';
import { find } from './html.ts';
import { describeParameters } from './hyper-parameters.ts';
import { describeChange, type LossConfiguration } from './loss-configuration.ts';
import type { BatchEvaluator } from './service/batch-evaluator.ts';
import type { Evaluation } from './service/evaluation.ts';
import { ProblemError } from './service/problem.ts';

export interface PinnedConfigurationListener {
  /** A setting is pinned, or no more. */
  readonly onChange: () => void;
  /** What is pinned now, with its evaluation. */
  readonly onPinned: (pinned: EvaluatedSetting | null) => void;
  /** The user goes to the setting that was pinned. */
  readonly onSwap: (lossSetting: LossConfiguration) => void;
}

export interface EvaluatedSetting {
  readonly lossSetting: LossConfiguration;
  readonly evaluation: Evaluation;
}

/** A setting that stays beside the current one: headline, totals and classes show both. */
export class PinnedConfiguration {
  readonly #controls: HTMLElement;
  readonly #figure: HTMLElement;
  readonly #control: PinControl;
  readonly #onPinned: PinnedConfigurationListener['onPinned'];
  #pinned: EvaluatedSetting | null = null;
  #current: EvaluatedSetting | null = null;
  #restored: LossConfiguration | null = null;

  constructor(controls: HTMLElement, figure: HTMLElement, { onChange, onPinned, onSwap }: PinnedConfigurationListener) {
    this.#onPinned = onPinned;
    this.#controls = controls;
    this.#figure = figure;
    this.#control = new PinControl(find('.batch', controls), {
      onPin: () => {
        this.#pinned = this.#current;
        this.#draw();
        onChange();
      },
      onUnpin: () => {
        this.clear();
        onChange();
      },
      onSwap: () => {
        const target = this.#pinned;
        if (!target || !this.#current) return;
        this.#pinned = this.#current;
        this.#draw();
        onSwap(target.lossSetting);
      },
    });
  }

  /** The pinned setting, also while its evaluation is on its way. */
  get lossSetting(): LossConfiguration | null {
    return this.#pinned?.lossSetting ?? this.#restored;
  }

  /** Pins a setting of an address. One that the service rejects is left out. */
  async restore(lossSetting: LossConfiguration, evaluator: BatchEvaluator): Promise<void> {
    this.#restored = lossSetting;
    try {
      const evaluation = await evaluator.evaluateOnce(lossSetting);
      if (this.#restored === lossSetting) this.#pinned = { lossSetting, evaluation };
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
    }
    if (this.#restored !== lossSetting) return;
    this.#restored = null;
    this.#draw();
  }

  /** Compares a new evaluation with the pinned one. */
  showCurrent(lossSetting: LossConfiguration, evaluation: Evaluation): void {
    this.#current = { lossSetting, evaluation };
    this.#draw();
  }

  clear(): void {
    this.#pinned = null;
    this.#restored = null;
    this.#draw();
  }

  /** Hides the comparison until there is a current evaluation again. */
  clearCurrent(): void {
    this.#current = null;
    this.#draw();
  }

  #draw(): void {
    const [pinned, current] = [this.#pinned, this.#current];
    find<HTMLButtonElement>('.pin', this.#controls).disabled = current === null;
    this.#control.show(pinned === null ? null : describeBeside(pinned.lossSetting, current?.lossSetting));
    this.#drawHeadline();
    this.#onPinned(pinned);
    if (!current) {
      this.#figure.hidden = true;
      return;
    }
    const shown = pinned && {
      description: describeBeside(pinned.lossSetting, current.lossSetting),
      evaluation: pinned.evaluation,
    };
    drawPinnedComparison(
      this.#figure,
      shown,
      current.evaluation,
      describeBeside(current.lossSetting, pinned?.lossSetting ?? current.lossSetting),
    );
  }

  #drawHeadline(): void {
    const show = (name: string, text: string, difference: string) => {
      find(`[data-pinned=${name}]`, this.#controls).textContent = text && `pinned ${text} (${difference})`;
    };
    if (!this.#pinned || !this.#current) {
      for (const name of ['loss', 'share']) show(name, '', '');
      return;
    }
    const [before, now] = [this.#pinned, this.#current].map(({ evaluation }) => ({
      loss: evaluation.loss ?? evaluation.sum,
      share: totals(evaluation.per_class, 'loss').positiveShare,
    }));
    show('loss', quantity(before!.loss), relativeChange(before!.loss, now!.loss));
    show('share', percent(before!.share), pointChange(before!.share, now!.share));
  }
}

/** Options that the other setting has as well are left out. */
function describeBeside({ parameters, changes }: LossConfiguration, other: LossConfiguration | undefined): string {
  const names = new Set([...Object.keys(changes), ...Object.keys(other?.changes ?? {})]);
  const differing = [...names].filter(
    (name) => !other || changes[name] !== other.changes[name] || name in changes !== name in other.changes,
  );
  const described = differing.map((name) =>
    name in changes ? describeChange(name, changes[name]) : `${name} as in the file`,
  );
  return [describeParameters(parameters), ...described].join(', ');
}
