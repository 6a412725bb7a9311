import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Child, Message } from '../harness/child.ts';
import type { Contender } from '../harness/interleave.ts';
import type { Totals } from './evaluate-mode.ts';
import { type ModeTensors, rawNumbers } from './mode-tensors.ts';
import type { Mode } from './modes.ts';

// Processes in Python that read a batch once, and then take one step after another with it.

/** A mode as `bench/competitors/modes.py` reads it. */
export function describeMode({ shape, dtype, labels, options, grid }: Mode, tensors: ModeTensors): Message {
  const { dtype: labelDtype } = tensors.labels;
  return { shape, dtype, label_dtype: labelDtype, index: labels === 'indices', options, grid: grid ?? null };
}

/**
 * Has a process read a batch from a file, and take a first step of each kind: that compiles.
 *
 * @param more to ask it, beside the mode and the path
 * @throws {Error} if its results are not those expected
 */
export async function loadBatch(
  child: Child,
  mode: Mode,
  tensors: ModeTensors,
  expected: Totals,
  more: Message = {},
): Promise<void> {
  const path = join(tmpdir(), `mode-${randomUUID()}.raw`);
  try {
    await writeFile(path, rawNumbers(tensors));
    const first = await child.ask({ mode: describeMode(mode, tensors), path, ...more });
    for (const { losses, gradient_l1 } of Object.values(first) as { losses: number[]; gradient_l1: number }[]) {
      assertAgree(mode, expected, { losses, gradientL1: gradient_l1 });
    }
  } finally {
    await rm(path, { force: true });
  }
}

/** A contender that takes a step of one kind, and times itself. */
export function batchStep(name: string, child: Child, kind: string): Contender {
  return { name, run: async () => Number((await child.ask({ step: kind })).ms) };
}

/** As far as float32 gives it: sums of float32, or of gradients that were rounded to 16 bits. */
const AGREEMENT = 2e-3;

/** @throws {Error} if they do not agree */
export function assertAgree({ name }: Mode, expected: Totals, actual: Totals): void {
  const pairs = [...expected.losses, expected.gradientL1].map(
    (value, i) => [value, [...actual.losses, actual.gradientL1][i] ?? Number.NaN] as const,
  );
  for (const [ours, theirs] of pairs) {
    if (Math.abs(ours - theirs) <= AGREEMENT * Math.abs(ours)) continue;
    throw new Error(`${name}: the implementations disagree: ${ours} and ${theirs}`);
  }
}
