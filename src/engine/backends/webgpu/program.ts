import { SUMS_PER_CLASS } from '../../../loss/class-sums.ts';
import { SUMS_OF_BINS } from '../../../loss/difficulty.ts';
import { type ArrayOutput, requestedArrays, wantsAllSums } from '../../../loss/evaluation.ts';
import type { KernelOptions } from '../../kernel.ts';
import { MOST_ROWS, THREADS } from './geometry.ts';
import { BINS } from './wgsl/bins.ts';
import { CLASS_SUMS } from './wgsl/class-sums.ts';
import { ELEMENTARY } from './wgsl/elementary.ts';
import { ELEMENTS } from './wgsl/elements.ts';
import { FLOAT_BITS } from './wgsl/float-bits.ts';
import { FOCAL_TERM } from './wgsl/focal-term.ts';
import { NUMBER } from './wgsl/number.ts';
import { SIGMOID } from './wgsl/sigmoid.ts';
import { SOFTMAX_LOGITS } from './wgsl/softmax-logits.ts';
import { SOFTMAX_PROBABILITIES } from './wgsl/softmax-probabilities.ts';
import { SOFTMAX_ROWS } from './wgsl/softmax-rows.ts';

/** What a program is made for; sizes and numbers of a batch are not in it, since compiling takes seconds. */
export interface ProgramCase {
  readonly options: Pick<
    KernelOptions,
    'activation' | 'source' | 'labelSmoothing' | 'softLabels' | 'outputs' | 'gradientSquares' | 'layout'
  >;
  readonly dense: boolean;
  readonly weighted: boolean;
}

/**
 * The WGSL of one fused kernel: one dispatch makes everything that was requested, and nothing else. Its buffers are
 * bound in the order of `bindingNames`, after the job at 0.
 */
export function programFor(programCase: ProgramCase): string {
  const { activation, source } = programCase.options;
  const softmax = source === 'logits' ? SOFTMAX_LOGITS : SOFTMAX_PROBABILITIES;
  return [
    constants(programCase),
    JOB,
    bindings(programCase),
    NUMBER,
    ELEMENTARY,
    FLOAT_BITS,
    ELEMENTS,
    FOCAL_TERM,
    CLASS_SUMS,
    BINS,
    ...(activation === 'sigmoid' ? [SIGMOID] : [SOFTMAX_ROWS, softmax]),
    MAIN,
  ].join('\n');
}

/** The storage buffers of a program: no more than the 8 that every WebGPU device can bind. */
export function bindingNames({ options, weighted }: Pick<ProgramCase, 'options' | 'weighted'>): string[] {
  const inputs = ['predictions', 'labels', 'classOptions', ...(weighted ? ['sampleWeights'] : [])];
  return [...inputs, 'sums', ...requestedArrays(options)];
}

function constants({ options, dense }: ProgramCase): string {
  const { activation, source, labelSmoothing, softLabels, outputs } = options;
  const maySoften = activation === 'sigmoid' && (dense || labelSmoothing > 0);
  const allSums = wantsAllSums(options);
  const wantsBins = outputs.includes('difficulty');
  const flags = {
    IS_LOGITS: source === 'logits',
    IS_DENSE: dense,
    IS_SMOOTHED: labelSmoothing > 0,
    IS_TERMWISE: !maySoften || softLabels === 'termwise',
    IS_QUALITY: maySoften && softLabels === 'quality',
    ALL_SUMS: allSums,
    GRADIENT_SQUARES: options.gradientSquares,
    WANTS_BINS: wantsBins,
    WANTS_SLOPES: allSums || outputs.includes('gradients'),
    WANTS_HESSIAN: outputs.includes('hessian'),
    WANTS_ELEMENTWISE: activation === 'softmax' && outputs.includes('elementwise'),
  };
  const sizes = { THREADS, MOST_ROWS, SUMS_PER_CLASS, SUMS_OF_BINS: wantsBins ? SUMS_OF_BINS : 0 };
  return [
    ...Object.entries(flags).map(([name, value]) => `const ${name} = ${value};`),
    ...Object.entries(sizes).map(([name, value]) => `const ${name} = ${value}u;`),
  ].join('\n');
}

function bindings(programCase: ProgramCase): string {
  const names = bindingNames(programCase);
  const declarations = names.map((name, i) => {
    const isOutput = names.indexOf('sums') <= i;
    const item = name === 'classOptions' ? 'ClassOptions' : 'u32';
    return `@group(0) @binding(${i + 1}) var<storage, ${isOutput ? 'read_write' : 'read'}> ${name}: array<${item}>;`;
  });
  const store = (output: ArrayOutput, name: string) =>
    `fn ${name}(at: u32, value: Num) { ${names.includes(output) ? `${output}[at] = toFloat32(value);` : ''} }`;
  const weight = programCase.weighted ? 'fromFloat32(sampleWeights[sample])' : 'ONE';
  return [
    ...declarations,
    store('gradients', 'storeGradient'),
    store('elementwise', 'storeElementwise'),
    store('hessian', 'storeHessian'),
    `fn sampleWeight(sample: u32) -> Num { return ${weight}; }`,
  ].join('\n');
}

/** As job.ts writes it. */
const JOB = /* wgsl */ `
struct Job {
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
  scale: Num,
  keptLabel: Num,
  addedLabel: Num,
  epsilon: Num,
  notEpsilon: Num,
}
@group(0) @binding(0) var<uniform> job: Job;
`;

/** A workgroup has job.tiles × job.rows samples and all of their classes. */
const MAIN = /* wgsl */ `
// Where a thread is among those that share rows and classes; the next row and the next class are so many threads on.
struct Place { thread: u32, row: u32, class_: u32, rowStep: u32, classStep: u32 }

fn placeOf(thread: u32, rowLanes: u32, classLanes: u32) -> Place {
  if (job.samplesFirst != 0) { return Place(thread, thread % rowLanes, thread / rowLanes, 1, rowLanes); }
  return Place(thread, thread / classLanes, thread % classLanes, classLanes, 1);
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = id.y * groups.x + id.x;
  if (group * job.tiles * job.rows >= job.samples) { return; } // The last line of groups may be longer than is needed.
  let place = placeOf(thread, job.rowLanes, job.classLanes);
  var binsOfThread = NO_BINS;
  for (var firstClass = 0u; firstClass < job.classes; firstClass += job.classLanes) {
    let class_ = firstClass + place.class_;
    var sumsOfThread = NO_SUMS;
    for (var tile = 0u; tile < job.tiles; tile++) {
      let firstSample = (group * job.tiles + tile) * job.rows;
      if (firstClass == 0) { prepareRows(thread, firstSample); }
      for (var firstRow = 0u; firstRow < job.rows; firstRow += job.rowLanes) {
        let row = firstRow + place.row;
        let sample = firstSample + row;
        var part = NOTHING;
        if (row < job.rows && sample < job.samples && class_ < job.classes) {
          part = evaluateElement(row, sample, firstElement(sample) + class_ * job.inner, class_);
        }
        addContribution(&sumsOfThread, part);
        if (WANTS_BINS) { addToBins(&binsOfThread, thread, part); }
      }
    }
    storeSums(sumsOfThread, place, group, class_);
  }
  if (WANTS_BINS) { storeBins(binsOfThread, thread, group); }
}
`;
