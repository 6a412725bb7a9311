import { type ReadTask, read as readForReal } from '../../src/wire/codec-worker.ts';
import { note, waitAt } from '../harness/gate.ts';

// Stands in for src/wire/codec-worker.ts and ends, or waits at a gate, with a body that asks for it.

export function read(task: ReadTask): ReturnType<typeof readForReal> {
  if (Buffer.from(task.body).includes('"class_names":["exit"]')) process.exit(1);
  const [, path] = /"class_names":\["hold ([^"]+)"\]/.exec(Buffer.from(task.body).toString('latin1')) ?? [];
  if (path !== undefined) {
    note(path, 'begun');
    waitAt(path);
  }
  return readForReal(task);
}
