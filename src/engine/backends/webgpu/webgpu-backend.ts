import { createRequire } from 'node:module';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { backend, env, ready, setBackend, version_core } from '@tensorflow/tfjs-core';
import type { Backend } from '../backend.ts';
import { nameOf, openGpu } from './dawn.ts';
import { watchDevice } from './device-watch.ts';
import { registerWebgpuKernels } from './kernels.ts';

/**
 * Any GPU with a Vulkan, Metal or Direct3D driver, through tfjs's `webgpu` backend on Dawn. Experimental: no hardware has run
 * it yet, only adapters in software.
 */
export const webgpuBackend: Backend = {
  name: 'webgpu',
  // 32 MiB of predictions keep a large GPU busy. Parts of more than 512 classes are larger; every device can bind 128 MiB.
  tileSize: { parts: 64, elements: 2 ** 25 },
  minParts: 64,
  async start({ explicit = false } = {}) {
    const info = await openGpu({ software: explicit });
    // The package looks for the GPU when it is imported.
    await import('@tensorflow/tfjs-backend-webgpu');
    env().set('WEBGPU_CPU_FORWARD', false);
    if (!(await setBackend('webgpu'))) throw new Error('TensorFlow.js could not start its webgpu backend');
    await ready();
    const webgpu = backend() as WebGPUBackend;
    watchDevice(webgpu);
    registerWebgpuKernels(webgpu);
    return {
      device: `${nameOf(info)} (${[info.vendor, info.architecture].filter(Boolean).join(', ')})`,
      versions: {
        'tfjs-core': version_core,
        'tfjs-backend-webgpu': versionOf('@tensorflow/tfjs-backend-webgpu'),
        webgpu: versionOf('webgpu'),
      },
    };
  },
  async read(result, target) {
    target.set((await result.data()) as Float32Array);
  },
};

function versionOf(name: string): string {
  const { version } = createRequire(import.meta.url)(`${name}/package.json`) as { version: string };
  return version;
}
