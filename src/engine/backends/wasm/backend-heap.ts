import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** The memory of tfjs's wasm backend, which the fused kernels work in. */
export interface BackendHeap {
  /** A `WebAssembly.Memory`, for which there are no types without the browser's. Growing it detaches its buffer. */
  readonly memory: { readonly buffer: ArrayBuffer };
  /** @throws {Error} when the memory is full */
  allocate(bytes: number): number;
  free(address: number): void;
}

/** Emscripten's module as it is: tfjs types its own functions alone. This cast is the only place that knows. */
export function heapOf(backend: BackendWasm): BackendHeap {
  const { asm, _malloc, _free } = backend.wasm as unknown as {
    readonly asm: { readonly memory: BackendHeap['memory'] };
    _malloc(bytes: number): number;
    _free(address: number): void;
  };
  return {
    memory: asm.memory,
    allocate(bytes) {
      const address = _malloc(bytes);
      if (address === 0) throw new Error(`the wasm backend has no memory left for ${bytes} bytes`);
      return address;
    },
    free: _free,
  };
}
