import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backendCandidates, titleOf } from '../../src/engine/backend-candidates.ts';
import type { BackendName } from '../../src/engine/backends/backend.ts';
import type { Evaluation } from '../../src/loss/evaluation.ts';
import { type BackendUnderTest, CHECKS } from '../helpers/engine/conformance-checks.ts';
import { startTestEngine } from '../helpers/engine/start-test-engine.ts';
import { TOLERANCES } from '../helpers/engine/tolerance.ts';
import { conformancePrograms, coveringPrograms, programOf } from '../helpers/engine/webgpu-programs.ts';

// What every backend has to show, in the thread that would serve. Those that this machine lacks are skipped, and say why.
// BACKENDS names some, so that CI can have two run at a time.

const WORKER = new URL('../helpers/engine/conformance-worker.ts', import.meta.url).href;

const names = process.env.BACKENDS?.split(',') ?? Object.keys(TOLERANCES);
const verdicts: string[] = [];
for (const candidate of (names as BackendName[]).flatMap(backendCandidates)) {
  const { name } = candidate;
  test(`conformance of ${titleOf(candidate)}`, async (t) => {
    const missing = candidate.unavailableReason(true);
    if (missing !== undefined) {
      verdicts.push(`${name} skipped (${missing})`);
      t.skip(missing);
      return;
    }
    const engine = startTestEngine({ engine: name, threads: 1, queueLimit: 8 }, WORKER, [candidate]);
    try {
      const started = await engine.ready.catch((error: Error) => error);
      if (started instanceof Error) {
        // A package without a device for it is no fault of the backend's; all else is.
        if (!/no GPU adapter was found/.test(started.message)) throw started;
        verdicts.push(`${name} skipped (no GPU adapter)`);
        t.skip(started.message);
        return;
      }
      const backend: BackendUnderTest = {
        tolerance: TOLERANCES[name],
        ...(name === 'webgpu' && /swiftshader|llvmpipe/i.test(started.device) && (await ofFewPrograms())),
        async evaluate(batch) {
          const { queueMs, computeMs, ...evaluation } = await engine.evaluate(batch);
          return evaluation as Evaluation;
        },
        sweep: async (batch, hyperParameters) => (await engine.evaluate(batch, { hyperParameters })).sums,
      };
      let worst = 0;
      for (const [what, check] of Object.entries(CHECKS)) {
        await t.test(what, async () => {
          let batches = 0;
          for await (const error of check(backend)) {
            worst = Math.max(worst, error);
            batches++;
          }
          assert.ok(batches > 0, 'a check without a batch');
        });
      }
      verdicts.push(`${name} ran on ${started.device}, worst relative error ${worst.toExponential(1)}`);
    } finally {
      await engine.close();
    }
  });
}

/** Where a program takes seconds to compile: only batches of a few, which have the branches of all. */
async function ofFewPrograms(): Promise<Pick<BackendUnderTest, 'runs'>> {
  const all = await conformancePrograms();
  const few = coveringPrograms(all);
  verdicts.push(`${few.size} of ${all.size} programs`);
  return { runs: (batch) => few.has(programOf(batch)) };
}

test('which backends ran', (t) => {
  t.diagnostic(`conformance: ${verdicts.join('; ')}`);
});
