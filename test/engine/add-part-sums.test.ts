import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addPartSums } from '../../src/engine/add-part-sums.ts';
import type { EngineThreads } from '../../src/engine/engine-threads.ts';
import type { AddTask } from '../../src/engine/engine-worker.ts';
import { addParts } from '../../src/engine/kernel.ts';
import { totalsLength } from '../../src/loss/evaluation.ts';
import { logitsBatch } from '../helpers/engine/batches.ts';

test('many sums are divided among the threads, and are those that are added in one place', async () => {
  const classes = 3000;
  const parts = 7;
  const batch = logitsBatch([1, classes], new Float32Array(classes), [1], [0], {}, { outputs: ['loss', 'per_class'] });
  const size = totalsLength(batch);
  const partSums = Float64Array.from({ length: parts * size }, (_, i) => Math.sin(i));
  const expected = addParts(partSums, batch);
  for (const count of [1, 2, 3]) {
    const tasks: AddTask[] = [];
    const threads = {
      count,
      add: async (task: AddTask) => {
        tasks.push(task);
        addParts(task.partSums, task.batch, task.totals, task.range);
      },
    } as unknown as EngineThreads;
    const totals = new Float64Array(size);
    await addPartSums(partSums, batch, totals, () => threads, {});
    assert.equal(tasks.length, count);
    assert.deepEqual(totals, expected);
  }
});
