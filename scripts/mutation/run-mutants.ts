import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyMutant, type Mutant, onOneLine, type Verdict } from './mutant.ts';
import type { Sandbox } from './sandbox.ts';

export interface MutantTask {
  readonly mutant: Mutant;
  /** The tests that reach it, nearest first. */
  readonly tests: readonly string[];
}

/** What the tests of one mutant may take without it, unless the first takes longer, and how many they may be. */
const TEST_BUDGET_MS = 10_000;
const MAX_TESTS = 10;
const MAX_BASELINE_MS = 60_000;

/** Runs the tests of mutants in one sandbox, and remembers how long each test takes and which of them notice most. */
export class MutantRunner {
  readonly #root: string;
  readonly #sandbox: Sandbox;
  readonly #baselines: Map<string, Promise<number>>;
  readonly #kills = new Map<string, number>();

  /** @param baselines milliseconds of each test without mutants, infinity if it fails; shared by all runners */
  constructor(root: string, sandbox: Sandbox, baselines: Map<string, Promise<number>>) {
    this.#root = root;
    this.#sandbox = sandbox;
    this.#baselines = baselines;
  }

  async run({ mutant, tests }: MutantTask): Promise<Verdict> {
    const { file } = mutant;
    const text = readFileSync(join(this.#root, file), 'utf8');
    const original = onOneLine(text.slice(mutant.start, mutant.end));
    const mutated = applyMutant(text, mutant);
    if (!this.#sandbox.write(file, mutated)) return { mutant, original, outcome: 'invalid' };
    let budgetMs = TEST_BUDGET_MS;
    try {
      for (const test of this.#inOrder(tests)) {
        const baselineMs = await this.#baseline(test, () => {
          this.#sandbox.write(file, text);
          return () => this.#sandbox.write(file, mutated);
        });
        if (!Number.isFinite(baselineMs) || (baselineMs > budgetMs && budgetMs < TEST_BUDGET_MS)) continue;
        budgetMs -= baselineMs;
        const { outcome } = await this.#sandbox.runTest(test, 3 * baselineMs + 5000);
        if (outcome !== 'passed') {
          this.#kills.set(test, (this.#kills.get(test) ?? 0) + 1);
          return { mutant, original, outcome: outcome === 'failed' ? 'killed' : 'timeout', by: test };
        }
      }
      return { mutant, original, outcome: 'survived' };
    } finally {
      this.#sandbox.write(file, text);
    }
  }

  /** Tests that have noticed much come first; else nearer ones. */
  #inOrder(tests: readonly string[]): string[] {
    const kills = (test: string): number => this.#kills.get(test) ?? 0;
    return tests.slice(0, MAX_TESTS).sort((a, b) => kills(b) - kills(a));
  }

  /** @param withoutMutant takes the mutant out of the sandbox, and returns what puts it back */
  #baseline(test: string, withoutMutant: () => () => void): Promise<number> {
    const known = this.#baselines.get(test);
    if (known) return known;
    const measured = (async () => {
      const putBack = withoutMutant();
      const { outcome, ms } = await this.#sandbox.runTest(test, MAX_BASELINE_MS);
      putBack();
      return outcome === 'passed' ? ms : Number.POSITIVE_INFINITY;
    })();
    this.#baselines.set(test, measured);
    return measured;
  }
}
