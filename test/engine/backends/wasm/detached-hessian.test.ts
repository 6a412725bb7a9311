import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import { LOGITS } from '../../../helpers/engine/accuracy.ts';
import { logitsBatch, OUTPUTS_WITHOUT_DIFFICULTY, run } from '../../../helpers/engine/batches.ts';
import { conforms } from '../../../helpers/engine/conformance.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// The kernels for hard labels, which compute the Hessian in float64, serve a detached factor as well.

await wasmBackend.start();

const IGNORE = -100;
const candidate = { evaluate: run, tolerance: { ...TOLERANCES.wasm, totals: TOLERANCES.wasm.arrays } };

for (const options of [
  { focusing: 'detached' },
  { hessian_form: 'detached' },
  { focusing: 'detached', hessian_form: 'detached' },
]) {
  for (const gamma of [0, 0.5, 2, 3.7]) {
    test(`${JSON.stringify(options)}, gamma ${gamma}: gradients and Hessian of every logit`, async () => {
      const logits = LOGITS.filter((_, i) => i % 3 === 0);
      const shape = [logits.length, 2];
      const both = Array.from(logits).flatMap((x) => [x, -x]);
      const labels = both.map((_, i) => (i % 7 === 0 ? IGNORE : i % 2));
      const indices = Array.from(logits, (_, i) => (i % 5 === 0 ? IGNORE : i % 2));
      const given = { outputs: OUTPUTS_WITHOUT_DIFFICULTY, reduction: 'sum', ...options };
      const tensors = { gamma, alpha: 0.3 };
      const roots = ['hessian'] as const;
      await conforms(candidate, logitsBatch(shape, both, shape, labels, tensors, given), 'dense', roots);
      await conforms(candidate, logitsBatch(shape, both, [logits.length], indices, tensors, given), 'indices', roots);
      const single = [logits.length, 1];
      const hard = Array.from(logits, (_, i) => i % 2);
      await conforms(candidate, logitsBatch(single, logits, single, hard, tensors, given), 'one class', roots);
    });
  }
}
