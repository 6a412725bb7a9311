import { type ReadTask, read as readInWorker } from '../../../src/codecs/codec-worker.ts';

// Replaces src/codecs/codec-worker.ts, and exits if the body's class name says so.

export function read(task: ReadTask): ReturnType<typeof readInWorker> {
  if (Buffer.from(task.body.bytes).includes('"class_names":["exit"]')) process.exit(1);
  return readInWorker(task);
}
