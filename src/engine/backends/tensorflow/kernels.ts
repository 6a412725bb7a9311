import { registerKernel, type Tensor } from '@tensorflow/tfjs-core';
import { scaleOf } from '../../../loss/batch.ts';
import { SUM_FIELDS, SUMS_PER_CLASS } from '../../../loss/class-sums.ts';
import { type KernelArray, kernelArrays, wantsAllSums } from '../../../loss/evaluation.ts';
import { KERNEL_NAMES, type KernelInputs, type KernelOptions, readKernelCall } from '../../kernel.ts';
import { sumsOfBins } from './bins.ts';
import { type DeviceBatch, readDeviceBatch } from './device-batch.ts';
import type { Elements } from './elements.ts';
import { Float64, type Float64Tensor, type Mask } from './float64.ts';
import type { NativeBackend } from './native-backend.ts';
import { sigmoidElements, softmaxElements } from './terms.ts';

/**
 * Registers the focal kernels on tfjs's `tensorflow` backend, on whichever device that uses.
 *
 * @returns a function that returns the number of the newest tensor handle
 */
export function registerTensorflowKernels(backend: NativeBackend): () => number {
  let newestHandle = 0;
  for (const kernelName of Object.values(KERNEL_NAMES)) {
    registerKernel({
      kernelName,
      backendName: 'tensorflow',
      kernelFunc: ({ inputs, attrs }) => {
        const call = readKernelCall({ inputs, attrs });
        const f = new Float64(backend);
        try {
          return f.scope(() => focalKernel(f, call.inputs, call.options));
        } finally {
          f.close();
          newestHandle = f.newestHandle;
        }
      },
    });
  }
  return () => newestHandle;
}

function focalKernel(f: Float64, inputs: KernelInputs, options: KernelOptions): Tensor[] {
  const { activation, outputs } = options;
  const requested = kernelArrays(options);
  const breakdown = wantsAllSums(options);
  const ofElements = {
    gradient: requested.includes('gradients') || breakdown,
    hessian: requested.includes('hessian'),
    detached: options.detached,
    breakdown,
  };
  const batch = f.scope(() => readDeviceBatch(f, inputs, options));
  const elements = (activation === 'sigmoid' ? sigmoidElements : softmaxElements)(f, batch, options, ofElements);
  const { loss, gradient, hessian } = elements.term;
  const scale = scaleOf(options);
  const scaledBy = (x: Float64Tensor) => (scale === 1 ? x : f.mul(scale, x));
  const make: { readonly [output in KernelArray]: () => Float64Tensor } = {
    gradients: () => scaledBy(gradient!),
    elementwise: () => (activation === 'sigmoid' ? loss : f.sum(loss, [1])),
    hessian: () => scaledBy(hessian!),
  };
  const sums = f.scope(() => {
    if (!breakdown) return f.bits(lossSums(f, loss));
    const ofClasses = sumUp(f, batch, elements, options);
    if (!outputs.includes('difficulty')) return f.bits(ofClasses);
    const length = options.layout.classes * SUMS_PER_CLASS;
    return f.bits(f.concat(f.reshape(ofClasses, [length]), sumsOfBins(f, batch, elements, options.layout)));
  });
  return [sums, ...requested.map((output) => f.scope(() => f.toFloat32(make[output]())))];
}

/** The outer and the inner axis. In float64, one call is one part, however large. */
const SAMPLE_AXES = [0, 2];

/** The sums per class, `[1, classes, 1, 14]`. */
function sumUp(f: Float64, batch: DeviceBatch, elements: Elements, { gradientSquares }: KernelOptions): Float64Tensor {
  const { active } = batch;
  const { term } = elements;
  const { crossEntropy, pt, predictedPositive, isLossOfPositives } = elements.breakdown!;
  const gradientSize = f.abs(term.gradient!);
  const numberOf = (mask: Mask) => f.scope(() => f.sum(f.toFloat64(mask), SAMPLE_AXES));
  const positives = f.scope(() => f.both(active, batch.isPositive));
  const negatives = f.scope(() => f.both(active, batch.isNegative));
  const positiveCount = numberOf(positives);
  const nothing = f.mul(0, positiveCount);
  const side = (members: Mask, count: Float64Tensor, hasLoss: boolean): Float64Tensor[] => {
    const ofMembers = (field: Float64Tensor) => f.scope(() => f.sum(f.select(members, field, 0), SAMPLE_AXES));
    const sums: { readonly [field in (typeof SUM_FIELDS)[number]]: Float64Tensor } = {
      loss: hasLoss ? ofMembers(term.loss) : nothing,
      cross_entropy: hasLoss ? ofMembers(crossEntropy) : nothing,
      gradient_l1: ofMembers(gradientSize),
      pt: ofMembers(pt),
      count,
      predicted_positive: f.scope(() => numberOf(f.both(members, predictedPositive))),
      gradient_squares: gradientSquares ? f.scope(() => ofMembers(f.square(term.gradient!))) : nothing,
    };
    return SUM_FIELDS.map((field) => sums[field]);
  };
  return f.stack([
    ...side(positives, positiveCount, true),
    ...side(negatives, f.sub(numberOf(active), positiveCount), isLossOfPositives !== true),
  ]);
}

/** The sums if only the total loss is requested; all of it is on the positive side. */
function lossSums(f: Float64, loss: Float64Tensor): Float64Tensor {
  const total = f.sum(loss, SAMPLE_AXES);
  const nothing = f.mul(0, total);
  return f.stack([total, ...new Array<Float64Tensor>(SUMS_PER_CLASS - 1).fill(nothing)]);
}
