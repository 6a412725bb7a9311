import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lineStarts, type Mutant } from './mutant.ts';

// StrykerJS knows how to mutate TypeScript. Only its instrumenter is used: its test runner for TAP selects tests by coverage
// that it collects in the first thread of a test's process, and most of this service runs in other threads. The instrumenter
// has its own package.json and lock file and is installed when it is first needed, as `npm ci` would take longer for all.

interface Position {
  readonly line: number;
  readonly column: number;
}

interface StrykerMutant {
  readonly mutatorName: string;
  readonly replacement: string;
  /** Both count from 0. */
  readonly location: { readonly start: Position; readonly end: Position };
}

interface StrykerInstrumenter {
  instrument(
    files: readonly { readonly name: string; readonly content: string; readonly mutate: boolean }[],
    options: object,
  ): Promise<{ readonly mutants: readonly StrykerMutant[] }>;
}

const HERE = fileURLToPath(new URL('.', import.meta.url));
const SILENT = new Proxy({}, { get: () => () => false });
/** The text of messages: their tests compare what matters in them. */
const LEFT_OUT = ['StringLiteral'];

export async function typescriptMutants(file: string, content: string): Promise<Mutant[]> {
  const instrumenter = await loadInstrumenter();
  const options = { plugins: null, excludedMutations: [], ignorers: [], noHeader: true };
  const { mutants } = await instrumenter.instrument([{ name: file, content, mutate: true }], options);
  const starts = lineStarts(content);
  const offset = ({ line, column }: Position): number => starts[line]! + column;
  return mutants
    .filter(({ mutatorName }) => !LEFT_OUT.includes(mutatorName))
    .map(({ mutatorName, replacement, location: { start, end } }) => ({
      file,
      operator: mutatorName,
      line: start.line + 1,
      column: start.column + 1,
      start: offset(start),
      end: offset(end),
      replacement,
    }));
}

let loaded: Promise<StrykerInstrumenter> | undefined;

function loadInstrumenter(): Promise<StrykerInstrumenter> {
  loaded ??= (async () => {
    if (!existsSync(`${HERE}/node_modules`)) {
      execFileSync('npm', ['ci', '--silent', '--ignore-scripts'], { cwd: HERE, stdio: 'inherit' });
    }
    const { Instrumenter } = await import(import.meta.resolve('@stryker-mutator/instrumenter'));
    return new Instrumenter(SILENT);
  })();
  return loaded;
}
