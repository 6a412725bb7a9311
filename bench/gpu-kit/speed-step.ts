import { HUGE, LARGE } from '../batches.ts';
import { measureOn } from '../gpu.ts';
import { renderTables } from '../harness/report.ts';
import type { Step } from './step.ts';

/** The stages of an evaluation, beside PyTorch on the same GPU if there is one with CUDA. */
export const speedStep: Step = {
  name: 'speed',
  title: 'Speed: loss, gradients and per-class sums, stage by stage',
  async run({ trial }) {
    const section = await measureOn({
      backends: ['webgpu'],
      software: trial,
      device: trial ? 'cpu' : 'cuda',
      sizes: [LARGE, HUGE],
    });
    const { measurements, versions } = section;
    return {
      passed: measurements.some(({ milliseconds }) => 'webgpu, kernel' in milliseconds),
      text: renderTables(section),
      figures: { measurements, versions },
    };
  },
};
