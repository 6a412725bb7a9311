import { type ReadTask, read as readInWorker } from '../../../src/codecs/codec-worker.ts';
import { note, waitAt } from '../../harness/gate.ts';

// Replaces src/codecs/codec-worker.ts, and exits or waits at a gate if the body's class name says so.

export function read(task: ReadTask): ReturnType<typeof readInWorker> {
  const text = Buffer.from(task.body.bytes).toString('latin1');
  const [, command, path = ''] = /"class_names":\["(exit|hold) ?([^"]*)"\]/.exec(text) ?? [];
  if (command === 'exit') process.exit(1);
  if (command === 'hold') {
    note(path, 'begun');
    waitAt(path);
  }
  return readInWorker(task);
}
