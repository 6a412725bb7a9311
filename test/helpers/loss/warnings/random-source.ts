import { mulberry32 } from '../../../harness/mulberry32.ts';

/** Pseudorandom values of the distributions that batches are generated from. */
export class RandomSource {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = mulberry32(seed);
  }

  uniform(min = 0, max = 1): number {
    return min + (max - min) * this.#next();
  }

  /** Uniform on a logarithmic scale. */
  magnitude(min: number, max: number): number {
    return Math.exp(this.uniform(Math.log(min), Math.log(max)));
  }

  integer(min: number, max: number): number {
    return Math.floor(this.uniform(min, max + 1));
  }

  /** A size on a logarithmic scale, both ends included. */
  size(min: number, max: number): number {
    return Math.min(max, Math.floor(this.magnitude(min, max + 1)));
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.integer(0, items.length - 1)]!;
  }

  normal(mean = 0, deviation = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#next()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.#next());
  }

  /** An index, by its part of the weights. */
  weighted(weights: readonly number[]): number {
    let rest = this.#next() * weights.reduce((total, weight) => total + weight, 0);
    const found = weights.findIndex((weight) => {
      rest -= weight;
      return rest < 0;
    });
    return Math.max(0, found);
  }
}
