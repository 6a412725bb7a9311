/** Milliseconds of many requests. */
export class Latencies {
  readonly #values: number[] = [];

  add(ms: number): void {
    this.#values.push(ms);
  }

  get count(): number {
    return this.#values.length;
  }

  /** A part of them in the order of the requests; `from` and `to` are from 0 to 1. */
  part(from: number, to: number): Latencies {
    const part = new Latencies();
    const { length } = this.#values;
    for (const ms of this.#values.slice(Math.floor(from * length), Math.floor(to * length))) part.add(ms);
    return part;
  }

  /** The value that this share of them is below; NaN if there are none. */
  quantile(share: number): number {
    const sorted = Float64Array.from(this.#values).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  }

  get max(): number {
    return this.quantile(1);
  }

  /** p50, p99 and the longest, as text. */
  toString(): string {
    const ms = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(2));
    return `p50 ${ms(this.quantile(0.5))} ms, p99 ${ms(this.quantile(0.99))} ms, longest ${ms(this.max)} ms`;
  }
}
