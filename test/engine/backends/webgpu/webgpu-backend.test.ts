import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { backend } from '@tensorflow/tfjs-core';
import { webgpuUnavailableReason } from '../../../../src/engine/backends/webgpu/availability.ts';
import { closeGpu, openGpu } from '../../../../src/engine/backends/webgpu/dawn.ts';
import { webgpuBackend } from '../../../../src/engine/backends/webgpu/webgpu-backend.ts';
import { conformancePrograms } from '../../../helpers/engine/webgpu-programs.ts';

// Runs where the npm package `webgpu` is and where there is a Vulkan driver, if only SwiftShader: see docs/how-to/webgpu.md.

const started = await webgpuBackend.start({ explicit: true }).catch((error: Error) => error);

if (started instanceof Error) {
  test('webgpu', { skip: `no WebGPU here: ${webgpuUnavailableReason(true) ?? started.message}` });
} else {
  after(closeGpu);

  // conformance.test.ts runs the self-test, which starts each engine, and programs: on SwiftShader, few of them.
  test('every program of the conformance tests is valid WGSL', async (t) => {
    const { device } = backend() as WebGPUBackend;
    const codes = [...(await conformancePrograms()).keys()];
    for (const code of codes) {
      const { messages } = await device.createShaderModule({ code }).getCompilationInfo();
      assert.deepEqual(
        Array.from(messages, ({ message, lineNum }) => `${lineNum}: ${message}`),
        [],
      );
    }
    t.diagnostic(`${codes.length} programs`);
  });

  test('says what it runs on', () => {
    assert.match(started.device, /./);
    assert.deepEqual(Object.keys(started.versions), ['tfjs-core', 'tfjs-backend-webgpu', 'webgpu']);
  });

  test('an adapter in software is rejected unless it was requested', {
    skip: !isSwiftShader(started.device),
  }, async () => {
    await assert.rejects(openGpu({ software: false }), /computes on the CPU/);
  });

  test('a thread ends with an idle device, and by itself with one that failed', async () => {
    for (const [fault, message] of [
      ['none', undefined],
      ['too large a buffer', /WebGPU: Buffer size/],
      ['lost', /WebGPU: the device was lost/],
    ] as const) {
      const { error, answered } = await runInThread(fault);
      if (message) assert.match(String(error?.message), message);
      else assert.equal(error, undefined);
      assert.equal(answered, fault === 'none', fault);
    }
  });
}

function isSwiftShader(device: string): boolean {
  return /swiftshader/i.test(device);
}

/** Starts the backend in a thread, has something go wrong there, evaluates a batch, and waits for the thread's end. */
async function runInThread(fault: string): Promise<{ error?: Error; answered: boolean }> {
  const worker = new Worker(new URL('../../../helpers/engine/webgpu-thread.ts', import.meta.url), {
    workerData: fault,
  });
  return await new Promise((resolve) => {
    let error: Error | undefined;
    let answered = false;
    worker.on('message', () => {
      answered = true;
      void worker.terminate();
    });
    worker.on('error', (thrown: Error) => {
      error = thrown;
    });
    worker.on('exit', () => resolve({ answered, ...(error && { error }) }));
  });
}
