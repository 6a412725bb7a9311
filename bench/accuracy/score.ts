import { QUANTITIES, type Quantity } from './grid.ts';

const SMALLEST_NORMAL = 2 ** -126;
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

export interface Worst {
  readonly error: number;
  readonly at: string;
}

/** True values of one quantity. */
export interface Expected {
  readonly values: ArrayLike<number>;
  /** What errors are relative to, if not the values: the sum of the magnitudes of terms that cancel. */
  readonly scale?: ArrayLike<number>;
}

/** The worst errors of one implementation, and how many of its answers are no numbers. */
export class Score {
  readonly worst: Record<Quantity, Worst> = {
    loss: { error: 0, at: '' },
    gradient: { error: 0, at: '' },
    hessian: { error: 0, at: '' },
  };
  readonly nonFinite: Record<Quantity, number> = { loss: 0, gradient: 0, hessian: 0 };

  /** @param whereOf the place of a value, in words */
  add(
    quantity: Quantity,
    actual: ArrayLike<number>,
    { values, scale = values }: Expected,
    whereOf: (i: number) => string,
  ): void {
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(actual[i])) {
        this.nonFinite[quantity] += 1;
        continue;
      }
      const size = Math.abs(values[i]!);
      if (size < SMALLEST_NORMAL || size > LARGEST) continue;
      const error = Math.abs(actual[i]! - values[i]!) / Math.abs(scale[i]!);
      if (error > this.worst[quantity].error) this.worst[quantity] = { error, at: whereOf(i) };
    }
  }

  get allNonFinite(): number {
    return QUANTITIES.reduce((total, quantity) => total + this.nonFinite[quantity], 0);
  }
}

/** By the name of the implementation, and of the way into it. */
export type Scores = Readonly<Record<string, Score>>;
