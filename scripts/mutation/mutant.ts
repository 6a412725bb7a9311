/** One small change of a source file, which a test should notice. */
export interface Mutant {
  /** Path from the root of the repository. */
  readonly file: string;
  /** What kind of change it is, such as `EqualityOperator`. */
  readonly operator: string;
  /** Where the replaced text starts; both count from 1. */
  readonly line: number;
  readonly column: number;
  /** The replaced text, as offsets in the text of the file. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

export type Outcome = 'killed' | 'timeout' | 'survived' | 'invalid';

export interface Verdict {
  readonly mutant: Mutant;
  /** `invalid` mutants did not compile; `timeout` counts as noticed. */
  readonly outcome: Outcome;
  /** The test file that noticed it. */
  readonly by?: string;
  /** The replaced text, shortened to one line. */
  readonly original: string;
}

export function applyMutant(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** A piece of code on one line, cut to what fits in a list. */
export function onOneLine(code: string, limit = 70): string {
  const line = code.replaceAll(/\s+/g, ' ').trim();
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}

/** Offsets at which the lines of a text start. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  return starts;
}
