import assert from 'node:assert/strict';
import { memory } from '@tensorflow/tfjs-core';
import type { Batch } from '../../../src/loss/batch.ts';
import type { ArrayOutput } from '../../../src/loss/evaluation.ts';
import { run } from './batches.ts';
import { conforms } from './conformance.ts';
import { TOLERANCES } from './tolerance.ts';

/**
 * Runs a batch on the embedded backend, in this thread, and compares all of its outputs with the reference.
 *
 * @param cancelling outputs whose terms may cancel, so that near a root the error is not relative to the value
 */
export async function assertMatchesReference(
  batch: Batch,
  name: string,
  cancelling: readonly ArrayOutput[] = ['hessian'],
): Promise<void> {
  const before = memory().numTensors;
  await conforms({ evaluate: run, tolerance: TOLERANCES.wasm }, batch, name, cancelling);
  assert.equal(memory().numTensors, before, `${name} leaves tensors behind`);
}
