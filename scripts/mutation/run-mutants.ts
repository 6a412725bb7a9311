import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyMutant, type Mutant, onOneLine, type Verdict } from './mutant.ts';
import type { Sandbox } from './sandbox.ts';

export interface MutantTask {
  readonly mutant: Mutant;
  /** The tests that reach it, nearest first. */
  readonly tests: readonly string[];
}

/** For a test that has not passed yet. */
const MAX_TEST_MS = 60_000;

/** What runners of several sandboxes know of the tests. */
export interface KnownTests {
  /** Milliseconds of tests that have passed. */
  readonly durations: Map<string, number>;
  /** Whether tests pass without any mutant, for those that have failed with one. */
  readonly passing: Map<string, Promise<boolean>>;
  /** How many mutants they have noticed. */
  readonly kills: Map<string, number>;
}

/** Runs the tests of mutants in one sandbox. */
export class MutantRunner {
  readonly #root: string;
  readonly #sandbox: Sandbox;
  readonly #known: KnownTests;
  readonly #budgetMs: number;

  /** @param budgetMs after which no further test of a mutant starts */
  constructor(root: string, sandbox: Sandbox, known: KnownTests, budgetMs: number) {
    this.#budgetMs = budgetMs;
    this.#root = root;
    this.#sandbox = sandbox;
    this.#known = known;
  }

  async run({ mutant, tests }: MutantTask): Promise<Verdict> {
    const { file } = mutant;
    const text = readFileSync(join(this.#root, file), 'utf8');
    const original = onOneLine(text.slice(mutant.start, mutant.end));
    const mutated = applyMutant(text, mutant);
    const deadline = performance.now() + this.#budgetMs;
    try {
      if (!(await this.#sandbox.write(file, mutated))) return { mutant, original, outcome: 'invalid' };
      for (const test of this.#inOrder(tests)) {
        const { durations, kills } = this.#known;
        const usual = durations.get(test);
        const { outcome, ms } = await this.#sandbox.runTest(test, usual === undefined ? MAX_TEST_MS : 3 * usual + 5000);
        if (outcome === 'passed') {
          durations.set(test, ms);
        } else if (await this.#passesWithout(mutant, test)) {
          kills.set(test, (kills.get(test) ?? 0) + 1);
          return { mutant, original, outcome: outcome === 'failed' ? 'killed' : 'timeout', by: test };
        } else {
          await this.#sandbox.write(file, mutated);
        }
        if (performance.now() > deadline) break;
      }
      return { mutant, original, outcome: 'survived' };
    } finally {
      this.#sandbox.restore(file);
    }
  }

  /** The nearest test comes first, then those that have noticed most for their time. */
  #inOrder(tests: readonly string[]): string[] {
    const { kills, durations } = this.#known;
    const gain = (test: string): number => (kills.get(test) ?? 0) / (durations.get(test) ?? MAX_TEST_MS);
    const [nearest, ...others] = tests;
    return nearest === undefined ? [] : [nearest, ...others.sort((a, b) => gain(b) - gain(a))];
  }

  /** Whether a test passes here when the mutant is taken out of the sandbox: its failure says nothing if it fails always. */
  #passesWithout({ file }: Mutant, test: string): Promise<boolean> {
    const { passing, durations } = this.#known;
    const known = passing.get(test) ?? (durations.has(test) ? Promise.resolve(true) : undefined);
    if (known) return known;
    this.#sandbox.restore(file);
    const passes = this.#sandbox.runTest(test, MAX_TEST_MS).then(({ outcome, ms }) => {
      if (outcome === 'passed') durations.set(test, ms);
      return outcome === 'passed';
    });
    passing.set(test, passes);
    return passes;
  }
}
