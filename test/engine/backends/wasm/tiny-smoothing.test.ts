import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import type { Output } from '../../../../src/loss/options.ts';
import { run } from '../../../helpers/engine/batches.ts';
import { LAYOUTS } from '../../../helpers/engine/tiled-golden.ts';
import { conformsToSmoothed, nameOf, smoothedBatch, tinySmoothing } from '../../../helpers/engine/tiny-smoothing.ts';
import { ofFewElements, TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// Batches of so many samples as the float32 kernels serve; the shared conformance checks have the same with one sample.

await wasmBackend.start();

const SAMPLES = 401;
const OUTPUTS: readonly (readonly Output[])[] = [
  ['gradients', 'per_class'],
  ['gradients', 'per_class', 'elementwise'],
];

for (const each of tinySmoothing()) {
  test(`${nameOf(each)}: repeated samples have the 60-digit losses, gradients and sums`, async (t) => {
    let worst = 0;
    for (const options of each.expect) {
      for (const layout of LAYOUTS) {
        for (const outputs of OUTPUTS) {
          const batch = smoothedBatch(each, options, outputs, SAMPLES, layout);
          const tolerance = ofFewElements(TOLERANCES.wasm);
          worst = Math.max(worst, conformsToSmoothed(each, batch, await run(batch), tolerance, layout));
        }
      }
    }
    t.diagnostic(`worst relative error ${worst.toExponential(1)}`);
  });
}
