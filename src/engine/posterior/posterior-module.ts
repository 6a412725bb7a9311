import { loadWasmModule } from '../../core/wasm-module.ts';

/** The exports of assembly/index.ts. */
interface PosteriorModule {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Memory for so many bytes, the same at each call. Growing it detaches views. */
  reserve(bytes: number): number;
  sigmoid(box: number, epsilon: number): void;
  softmax(box: number, epsilon: number): void;
}

/** Posteriors and their calibration, computed by SIMD in float64. It has a memory of its own, so that it serves every backend. */
export const posteriorModule = loadWasmModule<PosteriorModule>('engine/posterior/posterior.wasm');
