import { dispose, engine, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import type { Float16Format, ResultFormat } from '../core/float-format.ts';
import { float32ToFloat16 } from '../core/float16/float16.ts';
import { kernelArrays, resultFormat, type StoredArrays } from '../loss/evaluation.ts';
import type { Backend } from './backends/backend.ts';
import { KERNEL_NAMES, type KernelOptions, kernelAttributes, toFloat64 } from './kernel.ts';
import { reusedScratch } from './scratch.ts';

/**
 * Runs the kernel once and downloads its results.
 *
 * @param views where results go; those without one are viewed in the backend's memory
 * @param use gets the sums of each part and the results, which may be views that are valid until it returns
 */
export async function callKernel(
  inputs: NamedTensorMap,
  options: KernelOptions,
  views: StoredArrays,
  backend: Backend,
  use: (sums: Float64Array, results: StoredArrays) => void,
): Promise<void> {
  const outputs = runKernel(inputs, options);
  try {
    const [partSums, ...results] = outputs;
    const downloaded = kernelArrays(options).map(async (output, i) => {
      const view = views[output];
      if (view === undefined) return [output, viewResult(results[i]!, resultFormat(options, output), backend)];
      await download(results[i]!, view, options.gradientsFormat as Float16Format, backend);
      return [output, view];
    });
    const arrays = Object.fromEntries(await Promise.all(downloaded));
    use(await readSums(partSums!, backend), arrays);
  } finally {
    dispose(outputs);
  }
}

/** Runs the kernel once. @returns its sums and arrays, which the caller disposes of */
export function runKernel(inputs: NamedTensorMap, options: KernelOptions): Tensor[] {
  return engine().runKernel(KERNEL_NAMES[options.activation], inputs, kernelAttributes(options));
}

/**
 * Reads the sums of a kernel. They may be a view, which is valid until the tensor is disposed of: of tens of thousands of classes,
 * a copy takes as long as the kernel takes for several samples.
 */
export async function readSums(partSums: Tensor, backend: Backend): Promise<Float64Array> {
  if (!backend.viewOf) return toFloat64(await partSums.data());
  return viewSums(partSums, backend.viewOf(partSums));
}

/** @param view of the memory of `partSums` */
export function viewSums({ dtype }: Tensor, view: Float32Array): Float64Array {
  const { buffer, byteOffset, length } = view;
  return toFloat64(dtype === 'int32' ? new Int32Array(buffer, byteOffset, length) : view);
}

function viewResult(result: Tensor, format: ResultFormat, backend: Backend): Float32Array | Uint16Array {
  return format === 'F32' ? backend.viewOf!(result) : backend.viewFloat16!(result, format);
}

const FLOAT32 = new Float32Array();

async function download(
  result: Tensor,
  target: Float32Array | Uint16Array,
  format: Float16Format,
  backend: Backend,
): Promise<void> {
  if (target instanceof Float32Array) return backend.read(result, target);
  if (backend.readFloat16) return backend.readFloat16(result, target, format);
  const values = reusedScratch('results for float16', FLOAT32, target.length);
  await backend.read(result, values);
  float32ToFloat16(values, format, target);
}
