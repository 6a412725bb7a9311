import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

/** The device's events by the standard; the types that come with tfjs lack them. */
interface ErrorEvents {
  addEventListener(type: 'uncapturederror', listener: (event: { readonly error: GPUError }) => void): void;
}

/**
 * Fails all reads from a device that was lost, ran out of memory or rejected a command, and then ends this thread, which
 * the engine replaces. WebGPU reports such failures by events, while reads still succeed, with wrong results.
 *
 * The thread ends once no read is pending: ending with a pending promise of Dawn's aborts the whole process.
 */
export function watchDevice(backend: WebGPUBackend): void {
  let failure: Error | undefined;
  let reads = 0;
  const endWhenIdle = () => {
    setImmediate(() => {
      if (failure && reads === 0) throw failure;
    });
  };
  const fail = (message: string) => {
    failure ??= new Error(`WebGPU: ${message}`);
    endWhenIdle();
  };
  (backend.device as unknown as ErrorEvents).addEventListener('uncapturederror', ({ error }) => fail(error.message));
  backend.device.lost.then(({ message }) => fail(`the device was lost: ${message}`));

  const read = backend.read.bind(backend);
  backend.read = async (dataId) => {
    if (failure) throw failure;
    reads += 1;
    try {
      const values = await read(dataId);
      if (failure) throw failure;
      return values;
    } finally {
      reads -= 1;
      if (failure) endWhenIdle();
    }
  };
}
