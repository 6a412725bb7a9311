/** One promise, held against what was measured. */
export interface Check {
  readonly what: string;
  /** As the promise has it: `≤ 50 ms`. */
  readonly promise: string;
  readonly measured: string;
  readonly met: boolean;
  /** Whether it is about time, which a machine that is busy with other things as well may miss. */
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
  /** Figures that are no promise, such as throughput. */
  readonly figures?: Readonly<Record<string, string>>;
  /** How it was done, and what it leaves out; Markdown paragraphs. */
  readonly notes: readonly string[];
}

export function exactly(what: string, measured: number | string | null, promised: number | string): Check {
  return { what, promise: String(promised), measured: String(measured), met: measured === promised };
}

export function atMost(what: string, measured: number, limit: number, unit: string): Check {
  return {
    what,
    promise: `≤ ${amount(limit, unit)}`,
    measured: amount(measured, unit),
    met: measured <= limit,
    timed: unit === 'ms',
  };
}

/** Not more digits than mean anything. */
export function amount(value: number, unit: string): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`;
}

export function mebibytes(bytes: number): number {
  return bytes / 2 ** 20;
}
