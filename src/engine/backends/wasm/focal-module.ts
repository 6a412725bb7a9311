import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { loadWasmModule } from '../../../core/wasm-module.ts';
import type { KernelBuild } from '../backend.ts';

/** The exports of assembly/index.ts. Arguments are addresses in the backend's memory, and ranges of outer slices. */
export interface FocalModule {
  writeConstants(constants: number): void;
  /** Whether multiply-add rounds once: 0 if not. */
  roundsOnce(): number;
  /** Evaluates logits with hard labels. Returns 0 if a label is soft; all results of the call are invalid then. */
  sigmoid(params: number, from: number, to: number): number;
  /** Likewise; returns 0 if a sample's labels are not one-hot. */
  softmax(params: number, from: number, to: number): number;
  /** Evaluates logits or probabilities with labels in [0, 1]. */
  generalSigmoid(params: number, from: number, to: number): void;
  generalSoftmax(params: number, from: number, to: number): void;
  /** Adds the sums of many γ, laid out as assembly/sigmoid-sweep/sweep-params.ts says, to those at `sums`. */
  sigmoidSweep(params: number, from: number, to: number, sums: number): void;
  /** Evaluates logits with hard labels with many γ and α, as assembly/softmax-sweep/ says. Returns 0 like `softmax`. */
  softmaxSweep(sweep: number, from: number, to: number): number;
  /** Likewise for labels in [0, 1]. */
  softmaxSoftSweep(sweep: number, from: number, to: number): void;
  /** Writes the sums of the last call: those of the first evaluation to `part`, those of each next one `step` further. */
  flushSoftmaxSweep(sweep: number, part: number, step: number, shared: number): void;
  /** Writes the sums of the last call to `part`; those of a rejected call are discarded by the next one. */
  flushSums(params: number, part: number): void;
  /** Whether `count` float32 numbers are all finite: 0 if not. */
  allFinite(at: number, count: number): number;
  /** Dense labels of 8 bits as float32. */
  labelsToFloat32(bytes: number, floats: number, count: number): void;
  /** Conversions of `count` numbers, a multiple of 4. */
  float64ToFloat32(float64s: number, float32s: number, count: number): void;
  float16ToFloat32(float16s: number, float32s: number, count: number): void;
  bfloat16ToFloat32(float16s: number, float32s: number, count: number): void;
  float32ToFloat16(float32s: number, float16s: number, count: number): void;
  float32ToBfloat16(float32s: number, float16s: number, count: number): void;
}

/** Instantiates the fused kernels in the memory of tfjs's wasm backend. They have no stack and no data segment in it. */
export function loadFocalModule({ memory }: Pick<BackendHeap, 'memory'>, build: KernelBuild): FocalModule {
  return loadWasmModule(FILES[build], { env: { memory } });
}

/** Both are built from the same sources; see assembly/math/multiply-add.ts. */
const FILES: { readonly [build in KernelBuild]: string } = {
  SIMD: 'engine/backends/wasm/focal.wasm',
  'relaxed SIMD': 'engine/backends/wasm/focal-relaxed-simd.wasm',
};

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
