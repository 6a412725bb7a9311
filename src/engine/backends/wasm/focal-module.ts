import { loadWasmModule } from '../../../core/wasm-module.ts';
import type { BackendHeap } from './backend-heap.ts';

/** The exports of assembly/index.ts. Arguments are addresses in the backend's memory, and ranges of outer slices. */
export interface FocalModule {
  writeConstants(constants: number): void;
  /** Evaluates logits with hard labels. Returns 0 if a label is soft; all results of the call are invalid then. */
  sigmoid(params: number, from: number, to: number): number;
  /** Likewise; returns 0 if a sample's labels are not one-hot. */
  softmax(params: number, from: number, to: number): number;
  /** Evaluates logits or probabilities with labels in [0, 1]. */
  generalSigmoid(params: number, from: number, to: number): void;
  generalSoftmax(params: number, from: number, to: number): void;
  /** Writes the sums to `part` and resets them to 0. */
  flushSums(params: number, part: number): void;
  /** Whether `count` float32 numbers are all finite: 0 if not. */
  allFinite(at: number, count: number): number;
}

/** Instantiates the fused kernels in the memory of tfjs's wasm backend. They have no stack and no data segment in it. */
export function loadFocalModule({ memory }: BackendHeap): FocalModule {
  return loadWasmModule('engine/backends/wasm/focal.wasm', { env: { memory } });
}
