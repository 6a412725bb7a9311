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
 * Whether a thread should be replaced. Handles are numbered by an int32, and each call takes some 200 numbers; beyond its
 * range no handle is freed any more. Every call disposes of its handles, so a large number of live ones is a leak.
 */
export function shouldRecycle(newestHandle: number, handlesAlive: number): boolean {
  return newestHandle > 2 ** 30 || handlesAlive > 2 ** 14;
}

/** The binding reports TF_RESOURCE_EXHAUSTED as this message. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && /^Invalid TF_Status: 8\b/.test(error.message);
}

/** The most elements of a call, whose intermediate results take up to 1 GiB of device memory, and 2 GiB with `difficulty`. */
const MAX_ELEMENTS = 2 ** 22;

/**
 * TensorFlow's CUDA device. Its calls are large, because each op is launched separately, and small ops would leave the
 * device idle.
 */
export const cudaBackend: Backend = createBackend('cuda', { parts: 32, elements: MAX_ELEMENTS }, {}, (backend) => {
  if (!backend.isUsingGpuDevice)
    throw new Error('TensorFlow found no GPU that it can use; its messages on standard error say why');
  const { model, version } = nvidiaDriver();
  return { device: model ? `${model} (CUDA)` : 'CUDA', versions: version ? { 'nvidia-driver': version } : {} };
});

/** The CPU twin of `cuda`, by which its kernels are tested on any machine. Smaller calls fit the processor's caches better. */
export const tensorflowBackend: Backend = createBackend(
  'tensorflow',
  { parts: 4, elements: MAX_ELEMENTS },
  { CUDA_VISIBLE_DEVICES: '-1' },
  () => ({
    device: `${cpus()[0]?.model.trim() ?? 'CPU'} (${process.arch})`,
    versions: {},
  }),
);

function createBackend(
  name: BackendName,
  tileSize: TileSize,
  environment: Readonly<Record<string, string>>,
  describe: (backend: NativeBackend) => BackendDevice,
): Backend {
  let needsRecycling = () => false;
  return {
    name,
    tileSize,
    async start() {
      load(environment);
      if (!(await setBackend('tensorflow'))) throw new Error('TensorFlow.js could not start its tensorflow backend');
      const backend = nativeBackend();
      const { device, versions } = describe(backend);
      const newestHandle = registerTensorflowKernels(backend);
      needsRecycling = () => shouldRecycle(newestHandle(), backend.getNumOfTFTensors());
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

/** Loads the package, which starts its backend. The package is optional, so no static import can name it. */
function load(environment: Readonly<Record<string, string>>): void {
  Object.assign(process.env, environment);
  // Otherwise TensorFlow takes all of the GPU's memory at once.
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  // Only warnings and errors on standard error.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
  // oneDNN adds in an order that may differ between runs, and logs a line at each start. No op in use here needs it.
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
  // tfjs-node 4.22.0 still calls a function that Node 23 removed.
  const removed = util as { isNullOrUndefined?: (value: unknown) => boolean };
  removed.isNullOrUndefined ??= (value) => value === null || value === undefined;
  createRequire(import.meta.url)(PACKAGE);
}
