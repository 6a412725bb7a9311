import type { Rung, RungName } from './rung.ts';

const RUNGS: { readonly [name in RungName]: () => Promise<Rung> } = {
  cuda: async () => (await import('./tensorflow/rung.ts')).cudaRung,
  webgpu: async () => (await import('./webgpu/rung.ts')).webgpuRung,
  wasm: async () => (await import('./wasm/rung.ts')).wasmRung,
  tensorflow: async () => (await import('./tensorflow/rung.ts')).tensorflowRung,
};

/** A rung, to be started in this thread. Nothing of the others is loaded. */
export function loadRung(name: RungName): Promise<Rung> {
  return RUNGS[name]();
}
