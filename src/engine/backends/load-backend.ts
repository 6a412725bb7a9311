import type { Backend, BackendName } from './backend.ts';

const BACKENDS: { readonly [name in BackendName]: () => Promise<Backend> } = {
  cuda: async () => (await import('./tensorflow/tensorflow-backend.ts')).cudaBackend,
  webgpu: async () => (await import('./webgpu/webgpu-backend.ts')).webgpuBackend,
  wasm: async () => (await import('./wasm/wasm-backend.ts')).wasmBackend,
  tensorflow: async () => (await import('./tensorflow/tensorflow-backend.ts')).tensorflowBackend,
};

/** Loads one backend, and no code of the others. It is not started yet. */
export function loadBackend(name: BackendName): Promise<Backend> {
  return BACKENDS[name]();
}
