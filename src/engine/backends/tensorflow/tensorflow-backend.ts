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
 * Whether a thread should be replaced. Handles are numbered by an int32, about 200 a call; once the numbers are used up,
 * no handle is freed any more. No call leaves handles behind, so many live ones are a leak.
 */
export function shouldRecycle(newestHandle: number, handlesAlive: number): boolean {
  return newestHandle > 2 ** 30 || handlesAlive > 2 ** 14;
}

/** Whether an error of the binding is TF_RESOURCE_EXHAUSTED. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && /^Invalid TF_Status: 8\b/.test(error.message);
}

/** A call of so many elements takes up to 1 GiB of the device's memory for intermediate tensors, 2 GiB with `difficulty`. */
const MAX_ELEMENTS_PER_CALL = 2 ** 22;

/**
 * TensorFlow's CUDA device. Calls are large, because each op is launched separately: small ones would leave the device
 * idle.
 */
export const cudaBackend: Backend = createBackend(
  'cuda',
  { parts: 32, elements: MAX_ELEMENTS_PER_CALL },
  {},
  (backend) => {
    if (!backend.isUsingGpuDevice) throw new Error('TensorFlow found no GPU that it can use; its log says why');
    const { model, version } = nvidiaDriver();
    return { device: model ? `${model} (CUDA)` : 'CUDA', versions: version ? { 'nvidia-driver': version } : {} };
  },
);

/** TensorFlow's CPU device, by which the CUDA code is tested on any machine. Smaller calls fit the processor's caches. */
export const tensorflowBackend: Backend = createBackend(
  'tensorflow',
  { parts: 4, elements: MAX_ELEMENTS_PER_CALL },
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
    minParts: tileSize.parts,
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

/** Loads the package, which starts its backend. It is optional, so that a static import could fail. */
function load(environment: Readonly<Record<string, string>>): void {
  Object.assign(process.env, environment);
  // Without this, TensorFlow allocates all of the GPU's memory at once.
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  // Log warnings and errors only; TensorFlow logs everything on standard error.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
  // oneDNN's sums vary from run to run, and it logs a line at each start. No op in use here has a oneDNN kernel.
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
  // tfjs-node 4.22.0 still calls a function that Node 23 has removed.
  const gap = util as { isNullOrUndefined?: (value: unknown) => boolean };
  gap.isNullOrUndefined ??= (value) => value === null || value === undefined;
  createRequire(import.meta.url)(PACKAGE);
}
