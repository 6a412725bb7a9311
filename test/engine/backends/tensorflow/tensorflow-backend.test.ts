import assert from 'node:assert/strict';
import { test } from 'node:test';
import util from 'node:util';
import { getKernel, neg, tensor, tidy } from '@tensorflow/tfjs-core';
import { tensorflowUnavailableReason } from '../../../../src/engine/backends/tensorflow/availability.ts';
import { nativeBackend } from '../../../../src/engine/backends/tensorflow/native-backend.ts';
import {
  cudaBackend,
  isOutOfMemory,
  shouldRecycle,
  tensorflowBackend,
} from '../../../../src/engine/backends/tensorflow/tensorflow-backend.ts';
import { evaluateBatch } from '../../../../src/engine/evaluate-batch.ts';
import { KERNEL_NAMES } from '../../../../src/engine/kernel.ts';
import { logitsBatch } from '../../../helpers/engine/batches.ts';
import { bothSides } from '../../../helpers/loss/plain-loss.ts';

// With the native binding, on its CPU device; conformance.test.ts looks at the numbers.

const skip = tensorflowUnavailableReason() ?? false;
const BATCH = logitsBatch([3, 2], [1, -1, 20, -20, 0, 0.5], [3], [1, 0, -100]);

test('it starts on the CPU device, with the kernels in the registry of tfjs', { skip }, async () => {
  const { device, versions } = await tensorflowBackend.start();
  assert.match(device, /x64|arm64/);
  assert.match(versions.libtensorflow!, /^2\./);
  for (const name of Object.values(KERNEL_NAMES)) assert.ok(getKernel(name, 'tensorflow'));
  assert.equal(process.env.TF_FORCE_GPU_ALLOW_GROWTH, 'true');
  assert.equal(typeof (util as { isNullOrUndefined?: unknown }).isNullOrUndefined, 'function');
});

test('without a GPU, cuda says so', { skip }, async () => {
  await assert.rejects(cudaBackend.start(), /TensorFlow found no GPU that it can use/);
});

test('no tensor of the library is left behind, also when a kernel fails', { skip }, async () => {
  await evaluateBatch(BATCH, tensorflowBackend);
  const before = nativeBackend().getNumOfTFTensors();
  await evaluateBatch(BATCH, tensorflowBackend);
  const lying = { ...BATCH, gamma: bothSides(Float64Array.of(1, 2, 3)) };
  await assert.rejects(evaluateBatch(lying, tensorflowBackend));
  assert.equal(nativeBackend().getNumOfTFTensors(), before);
});

test('an exhausted device memory is distinguished from other errors', { skip }, async () => {
  await tensorflowBackend.start();
  const { binding } = nativeBackend();
  const fill = (shape: readonly number[]) =>
    tidy(() => {
      const ids = nativeBackend().getInputTensorIds([tensor(shape, [shape.length], 'int32'), tensor(1)]);
      binding.executeOp('Fill', [{ name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }], ids, 1);
    });
  assert.throws(() => fill([2 ** 30, 2 ** 12]), isOutOfMemory);
  assert.throws(
    () => fill([-1]),
    (error) => !isOutOfMemory(error),
  );
});

test('a call takes few handles', { skip }, async () => {
  const newestHandle = async () => {
    await evaluateBatch(BATCH, tensorflowBackend);
    let handle = 0;
    tidy(() => {
      [handle = 0] = nativeBackend().getInputTensorIds([neg(tensor([1]))]);
    });
    return handle;
  };
  const before = await newestHandle();
  const taken = (await newestHandle()) - before;
  assert.ok(taken < 400, `${taken} handles`);
  assert.equal(tensorflowBackend.needsRecycling?.(), false);
});

test('a thread is recycled long before its handle numbers run out, and when it leaks', () => {
  assert.deepEqual(
    [shouldRecycle(1e6, 100), shouldRecycle(2 ** 30 + 1, 100), shouldRecycle(1e6, 2e4)],
    [false, true, true],
  );
});
