import { type ReadTask, read as readInWorker } from '../../../src/codecs/codec-worker.ts';

// Replaces src/codecs/codec-worker.ts, and exits or takes a second longer if the body's class name says so.

export function read(task: ReadTask): ReturnType<typeof readInWorker> {
  const bytes = Buffer.from(task.body.bytes);
  if (bytes.includes('"class_names":["exit"]')) process.exit(1);
  if (bytes.includes('"class_names":["slow"]')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  return readInWorker(task);
}
