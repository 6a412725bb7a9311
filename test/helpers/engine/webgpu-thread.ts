import { parentPort, workerData } from 'node:worker_threads';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { backend } from '@tensorflow/tfjs-core';
import { webgpuBackend } from '../../../src/engine/backends/webgpu/webgpu-backend.ts';
import { evaluateBatch } from '../../../src/engine/evaluate-batch.ts';
import { logitsBatch } from './batches.ts';

// A thread of webgpu-backend.test.ts: makes its device fail, and answers only if a batch is evaluated nevertheless.

await webgpuBackend.start({ explicit: true });
const { device } = backend() as WebGPUBackend;
if (workerData === 'too large a buffer') device.createBuffer({ size: 2 ** 50, usage: GPUBufferUsage.STORAGE });
if (workerData === 'lost') device.destroy();
await evaluateBatch(logitsBatch([2], [0, 1], [2], [0, 1], {}, { outputs: ['loss'] }), webgpuBackend).then(
  () => parentPort!.postMessage('answered'),
  () => undefined, // The thread's own error says why it ends.
);
