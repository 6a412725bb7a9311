import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

/** As the standard defines it: the types that come with tfjs know no events. */
interface ErrorEvents {
  addEventListener(type: 'uncapturederror', listener: (event: { readonly error: GPUError }) => void): void;
}

/**
 * Makes all reads fail after the device was lost, ran out of memory or rejected a command, and then ends this thread, which
 * the engine replaces. WebGPU reports such failures by events, while reads still succeed and return wrong results.
 *
 * The thread ends once no read is pending: to end it while a promise of Dawn is pending would abort the whole process.
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
