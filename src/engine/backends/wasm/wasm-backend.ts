import { cpus } from 'node:os';
import { type BackendWasm, version_wasm } from '@tensorflow/tfjs-backend-wasm';
import { backend, ready, setBackend, version_core } from '@tensorflow/tfjs-core';
import type { Backend } from '../backend.ts';
import { type FocalModule, heapOf } from './focal-module.ts';
import { HeapTransfer } from './heap-transfer.ts';
import { kernelBuilds } from './kernel-builds.ts';
import { registerWasmKernels } from './kernels.ts';
import { sweepLabels } from './sweep-labels.ts';

let focal: FocalModule;
let transfer: HeapTransfer;

/** The embedded backend: tfjs's `wasm` backend on the CPU. It needs only Node. */
export const wasmBackend: Backend = {
  name: 'wasm',
  // 2 MiB of predictions: they stay in the processor's cache until the kernel reads them, and the backend's memory, which
  // never shrinks, stays small. The overhead of a call, 0.1 ms, is small compared with its work.
  tileSize: { parts: 4, elementsOfParts: 2 ** 19 },
  allocateUpload: (purpose, like, length) => transfer.allocate(purpose, like, length),
  discardUpload: (values) => transfer.discard(values),
  copiesUploads: true,
  sweepLabels,
  async start({ build = kernelBuilds()[0]! } = {}) {
    if (!(await setBackend('wasm'))) throw new Error('TensorFlow.js could not start its wasm backend');
    await ready();
    focal = registerWasmKernels(backend() as BackendWasm, build);
    transfer = new HeapTransfer(backend() as BackendWasm, focal);
    return {
      device: `${cpus()[0]?.model.trim() ?? 'CPU'} (${process.arch}, ${build})`,
      versions: { 'tfjs-core': version_core, 'tfjs-backend-wasm': version_wasm },
    };
  },
  allFinite: ({ dataId, size }) => focal.allFinite((backend() as BackendWasm).getMemoryOffset(dataId), size) !== 0,
  upload: (values, format, shape) => transfer.upload(values, format, shape),
  // tfjs's own read would make one more copy.
  read: async (result, target) => transfer.read(result, target),
  viewOf: (result) => transfer.viewOf(result),
  viewFloat16: (result, format) => transfer.viewFloat16(result, format),
  readFloat16: (result, target, format) => transfer.readFloat16(result, target, format),
  memoryBytes: () => heapOf(backend() as BackendWasm).memory.buffer.byteLength,
};
