import { type ReadTask, read as readForReal } from '../../../src/codecs/codec-worker.ts';

// Stands in for src/wire/codec-worker.ts and ends with a body that asks for it.

export function read(task: ReadTask): ReturnType<typeof readForReal> {
  if (Buffer.from(task.body).includes('"class_names":["exit"]')) process.exit(1);
  return readForReal(task);
}
