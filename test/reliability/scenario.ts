import type { Table } from '../harness/table.ts';

/** A measured value and its target. */
export interface Check {
  readonly name: string;
  /** As text: `≤ 50 ms`. */
  readonly target: string;
  readonly measured: string;
  readonly met: boolean;
  /** Whether it is a time, which a busy machine may miss. */
  readonly timed?: boolean;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** @param short smaller counts of everything, for CI */
  run(short: boolean): Promise<Outcome>;
}

export interface Outcome {
  readonly checks: readonly Check[];
  /** Figures without a target, such as throughput. */
  readonly figures?: Readonly<Record<string, string>>;
  /** Figures of each case. */
  readonly table?: Table;
  /** The method and its limits, as Markdown paragraphs. */
  readonly notes: readonly string[];
}

export function exactly(name: string, measured: number | string | null, target: number | string): Check {
  return { name, target: String(target), measured: String(measured), met: measured === target };
}

export function atMost(name: string, measured: number, limit: number, unit: string): Check {
  return {
    name,
    target: `≤ ${amount(limit, unit)}`,
    measured: amount(measured, unit),
    met: measured <= limit,
    timed: unit === 'ms',
  };
}

/** Rounds to about three significant digits. */
export function amount(value: number, unit: string): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`.trimEnd();
}

export function mebibytes(bytes: number): number {
  return bytes / 2 ** 20;
}
