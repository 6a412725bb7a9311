import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import util from 'node:util';
import { setBackend, version_core } from '@tensorflow/tfjs-core';
import type { TileSize } from '../../tiling.ts';
import type { Backend, BackendDevice, BackendName } from '../backend.ts';
import { registerTensorflowKernels } from './kernels.ts';
import { type NativeBackend, nativeBackend } from './native-backend.ts';
import { nvidiaDriver } from './nvidia-driver.ts';

const PACKAGE = '@tensorflow/tfjs-node-gpu';

/**
 * Whether a thread has had its time. Handles are numbered by an int32, some 200 a call, and past it none is freed any
 * more. No call leaves one behind, so many alive are a leak.
 */
export function isWornOut(newestHandle: number, handlesAlive: number): boolean {
  return newestHandle > 2 ** 30 || handlesAlive > 2 ** 14;
}

/** By TF_RESOURCE_EXHAUSTED, which is how the binding tells it. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && /^Invalid TF_Status: 8\b/.test(error.message);
}

/** Elements of a call: it takes up to 1 GiB of the device's memory on its way, and another with `difficulty`. */
const MOST_ELEMENTS = 2 ** 22;

/**
 * TensorFlow's CUDA device. Large calls, because each op is launched on its own, and small ones would leave the device
 * waiting.
 */
export const cudaBackend: Backend = createBackend('cuda', { parts: 32, elements: MOST_ELEMENTS }, {}, (backend) => {
  if (!backend.isUsingGpuDevice) throw new Error('TensorFlow found no GPU that it can use; its log says why');
  const { model, version } = nvidiaDriver();
  return { device: model ? `${model} (CUDA)` : 'CUDA', versions: version ? { 'nvidia-driver': version } : {} };
});

/** The same on TensorFlow's CPU device, which any machine has. Smaller calls stay nearer to the processor's caches. */
export const tensorflowBackend: Backend = createBackend(
  'tensorflow',
  { parts: 4, elements: MOST_ELEMENTS },
  { CUDA_VISIBLE_DEVICES: '-1' },
  () => ({
    device: `${cpus()[0]?.model.trim() ?? 'CPU'} (${process.arch})`,
    versions: {},
  }),
);

function createBackend(
  name: BackendName,
  block: TileSize,
  environment: Readonly<Record<string, string>>,
  describe: (backend: NativeBackend) => BackendDevice,
): Backend {
  let needsRecycling = () => false;
  return {
    name,
    block,
    async start() {
      load(environment);
      if (!(await setBackend('tensorflow'))) throw new Error('TensorFlow.js could not start its tensorflow backend');
      const backend = nativeBackend();
      const { device, versions } = describe(backend);
      const newestHandle = registerTensorflowKernels(backend);
      needsRecycling = () => isWornOut(newestHandle(), backend.getNumOfTFTensors());
      return {
        device,
        versions: { 'tfjs-core': version_core, libtensorflow: backend.binding.TF_Version, ...versions },
      };
    },
    async read(result, target) {
      target.set(await result.data<'float32'>());
    },
    isOutOfMemory,
    needsRecycling: () => needsRecycling(),
  };
}

/** Loading the package starts its backend. It is optional, so only now, and not by an import that must be there. */
function load(environment: Readonly<Record<string, string>>): void {
  Object.assign(process.env, environment);
  // Else TensorFlow takes all of the GPU's memory at once.
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  // Warnings and errors; TensorFlow tells on standard error what it does besides.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
  // Its other sums, in another order from run to run, and a line at each start that says so. None of them is in use here.
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
  // tfjs-node 4.22.0 still calls what Node 23 has taken out.
  const gap = util as { isNullOrUndefined?: (value: unknown) => boolean };
  gap.isNullOrUndefined ??= (value) => value === null || value === undefined;
  createRequire(import.meta.url)(PACKAGE);
}
