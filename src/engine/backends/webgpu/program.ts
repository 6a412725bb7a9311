import { SUMS_PER_CLASS } from '../../../loss/class-sums.ts';
import { SUMS_OF_BINS } from '../../../loss/difficulty.ts';
import { wantsAllSums } from '../../../loss/evaluation.ts';
import { formOf } from '../../../loss/form-of.ts';
import { hasUnweightedPositives } from '../../../loss/labelled-term.ts';
import { bindings } from './bindings.ts';
import { MAX_ROWS, THREADS } from './geometry.ts';
import type { ProgramCase } from './program-case.ts';
import { BIN_SUMS } from './wgsl/bins.ts';
import { CLASS_SUMS } from './wgsl/class-sums.ts';
import { ELEMENTARY } from './wgsl/elementary.ts';
import { ELEMENTS } from './wgsl/elements.ts';
import { EXTENDED_FLOAT } from './wgsl/extended-float.ts';
import { FLOAT_BITS } from './wgsl/float-bits.ts';
import { FOCAL_TERM } from './wgsl/focal-term.ts';
import { LABELLED_TERM } from './wgsl/labelled-term.ts';
import { MARGIN } from './wgsl/margin.ts';
import { OWN_POSITIVES } from './wgsl/own-positives.ts';
import { SIGMOID } from './wgsl/sigmoid.ts';
import { SOFTMAX_LOGITS } from './wgsl/softmax-logits.ts';
import { SOFTMAX_PROBABILITIES } from './wgsl/softmax-probabilities.ts';
import { SOFTMAX_ROWS } from './wgsl/softmax-rows.ts';

/**
 * The WGSL of one fused kernel: one dispatch computes everything that is requested, and nothing else. Its buffers are bound
 * in the order of `bindingNames` in bindings.ts, after the parameters at 0.
 */
export function programFor(programCase: ProgramCase): string {
  const { activation, source } = programCase.options;
  const softmax = source === 'logits' ? SOFTMAX_LOGITS : SOFTMAX_PROBABILITIES;
  return [
    constants(programCase),
    KERNEL_PARAMS,
    bindings(programCase),
    EXTENDED_FLOAT,
    ELEMENTARY,
    FLOAT_BITS,
    ELEMENTS,
    FOCAL_TERM,
    CLASS_SUMS,
    BIN_SUMS,
    ...(activation === 'sigmoid' ? [MARGIN, OWN_POSITIVES, LABELLED_TERM, SIGMOID] : [SOFTMAX_ROWS, softmax]),
    MAIN,
  ].join('\n');
}

function constants({ options, dense }: ProgramCase): string {
  const { activation, source, labelSmoothing, softLabels, outputs } = options;
  const isSigmoid = activation === 'sigmoid';
  const hasOwnPositives = isSigmoid && hasUnweightedPositives(softLabels);
  const maySoften = isSigmoid && !hasOwnPositives && (dense || labelSmoothing > 0);
  const form = formOf(options);
  const allSums = wantsAllSums(options);
  const wantsSlopes = allSums || outputs.includes('gradients');
  const wantsHessian = outputs.includes('hessian');
  const wantsBins = outputs.includes('difficulty');
  const flags = {
    IS_LOGITS: source === 'logits',
    IS_DENSE: dense,
    IS_SMOOTHED: labelSmoothing > 0,
    IS_TERMWISE: !maySoften || form === 'termwise',
    IS_QUALITY: maySoften && form === 'quality',
    HAS_OWN_POSITIVES: hasOwnPositives,
    IS_VARIFOCAL: isSigmoid && form === 'varifocal',
    HAS_SIDES: isSigmoid && options.gamma.positive !== options.gamma.negative,
    HAS_MARGIN: isSigmoid && options.margin > 0,
    HAS_POLY: options.polyEpsilon !== 0,
    DETACHED_GRADIENT: (wantsSlopes || wantsHessian) && options.detached.gradient,
    DETACHED_HESSIAN: wantsHessian && options.detached.hessian,
    HAS_HESSIAN_SLOPES: !isSigmoid && wantsHessian && options.detached.hessian !== options.detached.gradient,
    ALL_SUMS: allSums,
    GRADIENT_SQUARES: options.gradientSquares,
    WANTS_BINS: wantsBins,
    WANTS_SLOPES: wantsSlopes,
    WANTS_HESSIAN: wantsHessian,
    WANTS_ELEMENTWISE: activation === 'softmax' && outputs.includes('elementwise'),
  };
  const sizes = { THREADS, MAX_ROWS, SUMS_PER_CLASS, SUMS_OF_BINS: wantsBins ? SUMS_OF_BINS : 0 };
  return [
    ...Object.entries(flags).map(([name, value]) => `const ${name} = ${value};`),
    ...Object.entries(sizes).map(([name, value]) => `const ${name} = ${value}u;`),
  ].join('\n');
}

/** Written by kernel-params.ts. `zero` is always 0, see `opaque` in extended-float.ts. */
const KERNEL_PARAMS = /* wgsl */ `
struct KernelParams {
  zero: u32,
  samples: u32,
  classes: u32,
  inner: u32,
  classLanes: u32,
  rowLanes: u32,
  rows: u32,
  tiles: u32,
  samplesFirst: u32,
  lanesOfRow: u32,
  @size(8) rowsAtOnce: u32,
  scale: ExtendedFloat,
  keptLabel: ExtendedFloat,
  addedLabel: ExtendedFloat,
  epsilon: ExtendedFloat,
  notEpsilon: ExtendedFloat,
  polyEpsilon: ExtendedFloat,
  margin: ExtendedFloat,
  marginRest: ExtendedFloat,
  notMargin: ExtendedFloat,
  marginLogit: ExtendedFloat,
  marginLogitRest: ExtendedFloat,
}
@group(0) @binding(0) var<uniform> params: KernelParams;
`;

/** A workgroup processes params.tiles × params.rows samples with all of their classes. */
const MAIN = /* wgsl */ `
// A thread's row and class, and the distance in threads to the next row and to the next class.
struct Lane { thread: u32, row: u32, class_: u32, rowStep: u32, classStep: u32 }

fn laneOf(thread: u32, rowLanes: u32, classLanes: u32) -> Lane {
  if (params.samplesFirst != 0) { return Lane(thread, thread % rowLanes, thread / rowLanes, 1, rowLanes); }
  return Lane(thread, thread / classLanes, thread % classLanes, classLanes, 1);
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = id.y * groups.x + id.x;
  if (group * params.tiles * params.rows >= params.samples) { return; } // Past the last sample.
  let lane = laneOf(thread, params.rowLanes, params.classLanes);
  var binsOfThread = NO_BINS;
  for (var firstClass = 0u; firstClass < params.classes; firstClass += params.classLanes) {
    let class_ = firstClass + lane.class_;
    var sumsOfThread = NO_SUMS;
    for (var tile = 0u; tile < params.tiles; tile++) {
      let firstSample = (group * params.tiles + tile) * params.rows;
      if (firstClass == 0) { prepareRows(thread, firstSample); }
      for (var firstRow = 0u; firstRow < params.rows; firstRow += params.rowLanes) {
        let row = firstRow + lane.row;
        let sample = firstSample + row;
        var contribution = NOTHING;
        if (row < params.rows && sample < params.samples && class_ < params.classes) {
          contribution = evaluateElement(row, sample, firstElement(sample) + class_ * params.inner, class_);
        }
        addContribution(&sumsOfThread, contribution);
        if (WANTS_BINS) { addToBins(&binsOfThread, thread, contribution); }
      }
    }
    storeSums(sumsOfThread, lane, group, class_);
  }
  if (WANTS_BINS) { storeBins(binsOfThread, thread, group); }
}
`;
