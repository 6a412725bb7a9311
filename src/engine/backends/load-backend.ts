import type { Rung, RungName } from './backend.ts';

const RUNGS: { readonly [name in RungName]: () => Promise<Rung> } = {
  cuda: async () => (await import('./tensorflow/tensorflow-backend.ts')).cudaRung,
  webgpu: async () => (await import('./webgpu/webgpu-backend.ts')).webgpuRung,
  wasm: async () => (await import('./wasm/wasm-backend.ts')).wasmRung,
  tensorflow: async () => (await import('./tensorflow/tensorflow-backend.ts')).tensorflowRung,
};

/** A rung, to be started in this thread. Nothing of the others is loaded. */
export function loadRung(name: RungName): Promise<Rung> {
  return RUNGS[name]();
}
