import type { Table } from '../../test/harness/table.ts';
import type { Timings } from './interleave.ts';

/** Medians, the spread around them, and how many times as long as `reference` each took. */
export function timingTable(times: Timings, reference: string): Table {
  return {
    columns: ['what', 'median', 'fastest', 'slowest', 'ratio', 'rounds'],
    rows: times.names.map((name) => {
      const all = times.of(name);
      return [
        name,
        milliseconds(times.median(name)),
        milliseconds(Math.min(...all)),
        milliseconds(Math.max(...all)),
        `${times.ratio(name, reference)!.toPrecision(3)} ×`,
        String(all.length),
      ];
    }),
  };
}

/** With three digits, or four. */
export function milliseconds(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toPrecision(3)} s`;
  return ms < 1 ? `${(1000 * ms).toFixed(0)} µs` : `${ms.toPrecision(ms < 100 ? 3 : 4)} ms`;
}

/** A rate with three digits, never with an exponent. */
export function perSecond(rate: number): string {
  return String(Number(rate.toPrecision(3)));
}
