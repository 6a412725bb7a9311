import { programFor } from '../../../src/engine/backends/webgpu/program.ts';
import { selfTestBatches } from '../../../src/engine/self-test-batches.ts';
import type { Batch } from '../../../src/loss/batch.ts';
import { CHECKS } from './conformance-checks.ts';
import { TOLERANCES } from './tolerance.ts';

/** A program of `webgpu` that the conformance tests run. */
interface Program {
  /** Which branches it takes, and where: what has to be covered. */
  readonly branches: Set<string>;
  readonly isOfSelfTest: boolean;
}

/** The WGSL that evaluates a batch. */
export function programOf({ labels, sampleWeights, elementWeights, ...options }: Batch): string {
  return programFor({
    options,
    dense: !(labels instanceof Int32Array),
    weighted: { samples: sampleWeights !== undefined, elements: elementWeights !== undefined },
  });
}

/** All programs of the self-test and of the conformance tests, by their WGSL. Nothing is evaluated. */
export async function conformancePrograms(): Promise<ReadonlyMap<string, Program>> {
  const programs = new Map<string, Program>();
  const add = (batch: Batch, check?: string) => {
    const code = programOf(batch);
    const program = programs.get(code) ?? { branches: branchesOf(batch, code), isOfSelfTest: check === undefined };
    programs.set(code, program);
    if (check !== undefined) program.branches.add(`${batch.activation}: ${check}`);
  };
  for (const { batch } of selfTestBatches()) add(batch);
  for (const [what, check] of Object.entries(CHECKS)) {
    const evaluate = () => Promise.reject(new Error('nothing is evaluated here'));
    const runs = (batch: Batch) => {
      add(batch, what);
      return false;
    };
    for await (const _ of check({ tolerance: TOLERANCES.webgpu, evaluate, sweep: evaluate, runs }));
  }
  return programs;
}

/**
 * Few programs that have every branch of all: under each activation, each flag with each source of predictions, and each meaning
 * of labels; and some of each check. Those of the self-test, which are compiled anyway, are among them.
 */
export function coveringPrograms(programs: ReadonlyMap<string, Program>): ReadonlySet<string> {
  const chosen = new Set([...programs].filter(([, { isOfSelfTest }]) => isOfSelfTest).map(([code]) => code));
  const missing = new Set([...programs.values()].flatMap(({ branches }) => [...branches]));
  for (const code of chosen) cover(code);
  while (missing.size > 0) {
    let [best, most] = ['', 0];
    for (const [code, { branches }] of programs) {
      const adds = [...branches].filter((branch) => missing.has(branch)).length;
      if (adds > most) [best, most] = [code, adds];
    }
    chosen.add(best);
    cover(best);
  }
  return chosen;

  function cover(code: string): void {
    for (const branch of programs.get(code)!.branches) missing.delete(branch);
  }
}

const FLAG = /^const (\w+) = (?:true|false);$/gm;
const ARRAYS = ['gradients', 'elementwise', 'hessian'];
/** Flags that decide together what a label means. */
const LABEL_FLAGS = /IS_DENSE|IS_SMOOTHED|IS_TERMWISE|IS_QUALITY|HAS_OWN_POSITIVES|IS_VARIFOCAL/;

function branchesOf({ activation, source, sampleWeights, elementWeights }: Batch, code: string): Set<string> {
  const flags = Array.from(code.matchAll(FLAG), ([line]) => line);
  const arrays = ARRAYS.map((name) => `${name}: ${code.includes(`read_write> ${name}:`)}`);
  const weights = `weights: ${sampleWeights !== undefined} ${elementWeights !== undefined}`;
  const labels = flags.filter((flag) => LABEL_FLAGS.test(flag)).join(' ');
  return new Set([
    ...[...flags, ...arrays, weights].map((each) => `${activation}, ${source}: ${each}`),
    `${activation}: ${labels}`,
  ]);
}
