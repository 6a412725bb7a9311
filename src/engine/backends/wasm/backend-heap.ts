import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** The memory of tfjs's wasm backend, in which the fused kernels run. */
export interface BackendHeap {
  /** A `WebAssembly.Memory`; only the browser's types have that name. Growing it detaches its buffer. */
  readonly memory: { readonly buffer: ArrayBuffer };
  /** @throws {Error} when the memory is full */
  allocate(bytes: number): number;
  free(address: number): void;
}

/** Emscripten's module itself. tfjs types its own functions only: this is the only cast. */
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
