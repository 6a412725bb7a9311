import { type ArrayOutput, requestedArrays } from '../../../loss/evaluation.ts';
import type { ProgramCase } from './program-case.ts';
import { PACKED_OPTIONS } from './wgsl/packed-options.ts';

/**
 * The storage buffers of a program: at most 8, which every WebGPU device can bind. With weights of both samples and elements they
 * would be 9: then the sample weights are behind the options of the classes.
 */
function bindingNames({ options, weighted }: Pick<ProgramCase, 'options' | 'weighted'>): string[] {
  const { samples, elements } = weighted;
  const weights = [...(samples && !elements ? ['sampleWeights'] : []), ...(elements ? ['elementWeights'] : [])];
  return ['predictions', 'labels', 'classOptions', ...weights, 'sums', ...requestedArrays(options)];
}

/** The declarations of a program's storage buffers, and the functions that read and write them. */
export function bindings(programCase: ProgramCase): string {
  const names = bindingNames(programCase);
  const { samples, elements } = programCase.weighted;
  const arePacked = samples && elements;
  const declarations = names.map((name, i) => {
    const isOutput = names.indexOf('sums') <= i;
    const item = name === 'classOptions' && !arePacked ? 'ClassOptions' : 'u32';
    return `@group(0) @binding(${i + 1}) var<storage, ${isOutput ? 'read_write' : 'read'}> ${name}: array<${item}>;`;
  });
  const store = (output: ArrayOutput, name: string) =>
    `fn ${name}(at: u32, value: ExtendedFloat) { ${names.includes(output) ? `${output}[at] = toFloat32(value);` : ''} }`;
  const ofSample = samples ? 'fromFloat32(sampleWeights[sample])' : 'ONE';
  const options = [
    'fn optionsOf(class_: u32) -> ClassOptions { return classOptions[class_]; }',
    `fn sampleWeight(sample: u32) -> ExtendedFloat { return ${ofSample}; }`,
  ];
  const ofElement = 'fromFloat32(elementWeights[element])';
  const weight = arePacked ? `mul(sampleWeight(sample), ${ofElement})` : elements ? ofElement : 'sampleWeight(sample)';
  return [
    ...declarations,
    store('gradients', 'storeGradient'),
    store('elementwise', 'storeElementwise'),
    store('hessian', 'storeHessian'),
    ...(arePacked ? [PACKED_OPTIONS] : options),
    `fn weightAt(sample: u32, element: u32) -> ExtendedFloat { return ${weight}; }`,
  ].join('\n');
}
