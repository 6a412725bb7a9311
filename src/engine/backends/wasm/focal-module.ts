import { readFileSync } from 'node:fs';
import type { BackendHeap } from './backend-heap.ts';

/** What assembly/index.ts exports. Arguments are addresses in the backend's memory, or outer slices. */
export interface FocalModule {
  writeConstants(constants: number): void;
  /** Logits without smoothing. 0 if there is a soft label among the slices: then nothing that was written counts. */
  sigmoid(job: number, from: number, to: number): number;
  /** Likewise, if labels are not one-hot. */
  softmax(job: number, from: number, to: number): number;
  /** Whatever the other leaves. */
  generalSigmoid(job: number, from: number, to: number): void;
  generalSoftmax(job: number, from: number, to: number): void;
  takeSums(job: number, part: number): void;
  /** Whether so many float32 numbers are; 0 if not. */
  allFinite(at: number, count: number): number;
}

// This file lies as deep in src as in dist, which holds the compiled module for both.
const MODULE = new URL('../../../../dist/engine/backends/wasm/focal.wasm', import.meta.url);

// Of the browser's types only this is needed.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** Instantiates the fused kernels in the memory of tfjs's wasm backend. They own nothing there. */
export function loadFocalModule({ memory }: BackendHeap): FocalModule {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(MODULE)), { env: { memory } });
  return instance.exports as FocalModule;
}
