import { memory } from '@tensorflow/tfjs-core';
import { collectGarbage } from '../core/collect-garbage.ts';
import type { LoadedBatch } from '../loss/batch.ts';
import type { StoredArrays } from '../loss/evaluation.ts';
import { rejectPredictions } from '../loss/reject-predictions.ts';
import type { KernelBuild } from './backends/backend.ts';
import { wasmBackend } from './backends/wasm/wasm-backend.ts';
import type { BackendUsage } from './engine.ts';
import { evaluateAtOnce, type SumsAndOverflow, type SynchronousBackend } from './evaluate-at-once.ts';
import { evaluateBatch } from './evaluate-batch.ts';
import { selfTest } from './self-test.ts';
import { selfTestCases } from './self-test-cases.ts';
import { InvalidPredictionsError } from './upload-batch.ts';

// The backend `wasm` in the calling thread. It is a module of its own so that TensorFlow.js is only loaded there if it serves.

export interface InlineBackend {
  /** @throws {ServiceError} `invalid_request` if a prediction is not valid */
  evaluate(batch: LoadedBatch, arrays: StoredArrays): SumsAndOverflow;
  readonly usage: BackendUsage;
}

interface ActiveBuild {
  readonly build: KernelBuild | undefined;
  readonly started: Promise<InlineBackend>;
}

/** tfjs has one instance of a backend in a thread, so a build that is started later replaces this one. */
let active: ActiveBuild | undefined;

/**
 * Starts a build of the kernels, and tests it as in the threads that serve.
 *
 * @throws {Error} if it fails the self-test
 */
export function startInlineBackend(build: KernelBuild | undefined): Promise<InlineBackend> {
  if (active?.build !== build || active === undefined) active = { build, started: start(build, active) };
  return active.started;
}

async function start(build: KernelBuild | undefined, before: ActiveBuild | undefined): Promise<InlineBackend> {
  await before?.started.catch(() => {}); // Its self-test may still be running.
  await wasmBackend.start({ build });
  await selfTest(selfTestCases(), (batch) => evaluateBatch(batch, wasmBackend));
  collectGarbage(); // The reference leaves 10 MiB, which would stay for as long as only small requests come.
  return {
    evaluate(batch, arrays) {
      if (active?.build !== build) throw new Error('another build has replaced this one');
      try {
        return evaluateAtOnce(batch, arrays, wasmBackend as SynchronousBackend);
      } catch (error) {
        if (error instanceof InvalidPredictionsError) return rejectPredictions(batch);
        throw error;
      }
    },
    get usage() {
      const { numTensors: tensors, numBytes: tensorBytes } = memory();
      return { memoryBytes: wasmBackend.memoryBytes?.() ?? 0, tensors, tensorBytes };
    },
  };
}
