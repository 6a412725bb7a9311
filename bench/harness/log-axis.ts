export interface LogAxis {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** From the power of ten below the least value to that above the largest; ticks at each, and at 2 and 5 on a short axis. */
export function logAxis(values: readonly number[], from: number, to: number): LogAxis {
  const low = Math.floor(Math.log10(Math.min(...values)) + 1e-9);
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9));
  const steps = high - low <= 3 ? [1, 2, 5] : [1];
  const decades = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  return {
    at: (value) => round(from + ((Math.log10(value) - low) / (high - low)) * (to - from)),
    ticks: decades.flatMap((k) => steps.map((step) => step * 10 ** k)).filter((tick) => tick <= 10 ** high * 1.001),
  };
}

/** 1000 as 1 k, 1 000 000 as 1 M. */
export function tickText(value: number): string {
  if (value >= 1e6) return `${round(value / 1e6)} M`;
  if (value >= 1e3) return `${round(value / 1e3)} k`;
  return String(Number(value.toPrecision(3)));
}

/** To a tenth of a pixel. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
