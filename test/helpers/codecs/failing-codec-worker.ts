import { type ReadTask, read as readInWorker } from '../../../src/codecs/codec-worker.ts';
import { ServiceError } from '../../../src/core/service-error.ts';
import { workerTask } from '../../../src/core/worker-result.ts';

// Replaces src/codecs/codec-worker.ts, and exits, takes a second longer or never ends if the body's class name says so, or fails with the
// names of its regions if one is called `unknown`.

export function read(task: ReadTask): ReturnType<typeof readInWorker> {
  const bytes = Buffer.from(task.body.bytes);
  if (bytes.includes('"class_names":["exit"]')) process.exit(1);
  if (bytes.includes('"class_names":["slow"]')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  if (bytes.includes('"class_names":["hang"]')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  if (bytes.includes('"unknown"')) return rejectRegions(task);
  return readInWorker(task);
}

const rejectRegions = workerTask(({ body }: ReadTask): never => {
  throw new ServiceError('invalid_request', [...body.regions!.keys()].join());
});
