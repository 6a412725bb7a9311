import type { KernelBuild } from '../backend.ts';
import { loadFocalModule } from './focal-module.ts';

// Of the browser's types, what is needed here.
declare const WebAssembly: {
  readonly Memory: new (descriptor: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly CompileError: new () => Error;
};

/**
 * The builds of the kernels that this machine and this version of Node run, from the fastest.
 *
 * Relaxed SIMD leaves it to the machine whether multiply-add rounds once or twice. Where it rounds twice, that build is of no
 * use; so each build has the same results on every machine.
 */
export function kernelBuilds(): readonly KernelBuild[] {
  return hasFusedMultiplyAdd() ? ['relaxed SIMD', 'SIMD'] : ['SIMD'];
}

function hasFusedMultiplyAdd(): boolean {
  try {
    const memory = new WebAssembly.Memory({ initial: 1 });
    return loadFocalModule({ memory }, 'relaxed SIMD').roundsOnce() !== 0;
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return false; // This version of Node has no relaxed SIMD.
    throw error;
  }
}
