import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { outputLength, requestedArrays, totalsLength } from '../../../loss/evaluation.ts';
import { sampleCount } from '../../../loss/tensor.ts';
import { KERNEL_NAMES, type KernelInputs, type KernelOptions, readKernelCall } from '../../kernel.ts';
import { geometryOf } from './geometry.ts';
import { classOptionBytes, kernelParamsBytes } from './kernel-params.ts';
import { programFor } from './program.ts';

/** Registers the focal kernels on tfjs's `webgpu` backend. */
export function registerWebgpuKernels(backend: WebGPUBackend): void {
  const pipelines = new Map<string, GPUComputePipeline>();
  for (const kernelName of Object.values(KERNEL_NAMES)) {
    registerKernel({
      kernelName,
      backendName: 'webgpu',
      kernelFunc: ({ inputs, attrs }) => {
        const call = readKernelCall({ inputs, attrs });
        return focalKernel(call.inputs, call.options, backend, pipelines);
      },
    });
  }
}

/** Runs one dispatch, which computes everything that is requested. */
function focalKernel(
  inputs: KernelInputs,
  options: KernelOptions,
  backend: WebGPUBackend,
  pipelines: Map<string, GPUComputePipeline>,
): TensorInfo[] {
  dropFreeBuffers(backend);
  const { device } = backend;
  const geometry = geometryOf(options);
  const code = programFor({
    options,
    dense: inputs.labels.dtype === 'float32',
    weighted: { samples: inputs.sample_weights !== undefined, elements: inputs.element_weights !== undefined },
  });
  const pipeline = pipelines.get(code) ?? compile(device, code);
  pipelines.set(code, pipeline);

  const groups = Math.ceil(sampleCount(options.layout) / (geometry.rows * geometry.tiles));
  const outputs = [
    backend.makeTensorInfo([groups, totalsLength(options), 2], 'int32'),
    ...requestedArrays(options).map((output) => backend.makeTensorInfo([outputLength(options, output)], 'float32')),
  ];
  const params = bufferWith(device, kernelParamsBytes(options, geometry), GPUBufferUsage.UNIFORM);
  const { predictions, labels, sample_weights: sampleWeights, element_weights: elementWeights } = inputs;
  const classBytes = classOptionBytes(options);
  const packed = sampleWeights && elementWeights && bufferOf(backend, sampleWeights);
  const packedBytes = packed ? 4 * sampleCount(options.layout) : 0;
  const usage = GPUBufferUsage.STORAGE | (packed ? GPUBufferUsage.COPY_DST : 0);
  const classOptions = bufferWith(device, classBytes, usage, packedBytes);
  const buffers = [
    params,
    bufferOf(backend, predictions),
    bufferOf(backend, labels),
    classOptions,
    ...(sampleWeights && !packed ? [bufferOf(backend, sampleWeights)] : []),
    ...(elementWeights ? [bufferOf(backend, elementWeights)] : []),
    ...outputs.map((output) => bufferOf(backend, output)),
  ];
  // Submit what tfjs has recorded, which includes uploads, before this dispatch.
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.submitQueue();

  const encoder = device.createCommandEncoder();
  if (packed) encoder.copyBufferToBuffer(packed, 0, classOptions, classBytes.byteLength, packedBytes);
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    }),
  );
  const across = Math.min(groups, device.limits.maxComputeWorkgroupsPerDimension);
  pass.dispatchWorkgroups(across, Math.ceil(groups / across));
  pass.end();
  device.queue.submit([encoder.finish()]);
  params.destroy();
  classOptions.destroy();
  return outputs;
}

function compile(device: GPUDevice, code: string): GPUComputePipeline {
  return device.createComputePipeline({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }), entryPoint: 'main' },
  });
}

/** @param more bytes behind them */
function bufferWith(device: GPUDevice, bytes: ArrayBuffer, usage: number, more = 0): GPUBuffer {
  const buffer = device.createBuffer({ size: bytes.byteLength + more, usage, mappedAtCreation: true });
  new Uint8Array(buffer.getMappedRange()).set(new Uint8Array(bytes));
  buffer.unmap();
  return buffer;
}

/** The device's buffer of a tensor, which is uploaded if necessary. */
function bufferOf(backend: WebGPUBackend, { dataId, shape }: TensorInfo): GPUBuffer {
  const bytes = 4 * shape.reduce((product, size) => product * size, 1);
  const limit = Math.min(backend.device.limits.maxStorageBufferBindingSize, backend.device.limits.maxBufferSize);
  if (bytes > limit) {
    throw new Error(`a tensor [${shape}] of ${bytes} bytes is more than this GPU binds at once, ${limit} bytes`);
  }
  backend.uploadToGPU(dataId);
  return backend.tensorMap.get(dataId).resource as GPUBuffer;
}

const MAX_FREE_BYTES = 2 ** 29;

/** tfjs keeps every freed buffer for tensors of the same size, so that batches of ever new sizes would fill the device. */
function dropFreeBuffers({ bufferManager }: WebGPUBackend): void {
  const { numBytesAllocated, numBytesUsed } = bufferManager;
  if (numBytesUsed === 0 && numBytesAllocated > MAX_FREE_BYTES) bufferManager.dispose();
}
