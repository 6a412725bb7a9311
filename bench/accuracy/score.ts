import { QUANTITIES, type Quantity, type Truth, type Values } from './grid.ts';

const SMALLEST_NORMAL = 2 ** -126;
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

export interface Worst {
  readonly error: number;
  readonly at: string;
}

/** The worst errors of one implementation, and how many of its answers are no numbers. */
export class Score {
  readonly worst: Record<Quantity, Worst> = {
    loss: { error: 0, at: '' },
    gradient: { error: 0, at: '' },
    hessian: { error: 0, at: '' },
  };
  readonly nonFinite: Record<Quantity, number> = { loss: 0, gradient: 0, hessian: 0 };

  /** @param where the gamma and the label, in words */
  add(logits: Float32Array, values: Values, truth: Truth, where: string): void {
    for (const quantity of QUANTITIES) {
      const given = values[quantity];
      for (let i = 0; given && i < logits.length; i++) this.#addValue(quantity, given[i]!, truth, i, logits, where);
    }
  }

  #addValue(quantity: Quantity, value: number, truth: Truth, i: number, logits: Float32Array, where: string): void {
    if (!Number.isFinite(value)) {
      this.nonFinite[quantity] += 1;
      return;
    }
    const expected = truth[quantity][i]!;
    const size = Math.abs(expected);
    if (size < SMALLEST_NORMAL || size > LARGEST) return;
    const error = Math.abs(value - expected) / (quantity === 'hessian' ? truth.hessianScale[i]! : size);
    if (error > this.worst[quantity].error)
      this.worst[quantity] = { error, at: `x = ${logits[i]!.toPrecision(4)}, ${where}` };
  }

  get allNonFinite(): number {
    return QUANTITIES.reduce((total, quantity) => total + this.nonFinite[quantity], 0);
  }
}
