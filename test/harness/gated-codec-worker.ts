import { inspect } from 'node:util';
import type { ReadTask, WriteTask } from '../../src/codecs/codec-worker.ts';
import { note, waitAt } from './gate.ts';

// The built codec's worker, which does what the batch's first class name says, "hold-read", "exit-read" or the same with
// "write", and the path of a gate. `gated-threads.mjs` puts it into the place of the worker.

const real: typeof import('../../src/codecs/codec-worker.ts') = await import(
  `${new URL('../../dist/wire/codec-worker.js', import.meta.url)}?real`
);

export function read(task: ReadTask) {
  obey('read', Buffer.from(task.body.subarray(0, 1000)).toString('latin1'));
  return real.read(task);
}

export function write(task: WriteTask) {
  obey('write', describe(task.plan, { depth: 8, maxArrayLength: 2, breakLength: Number.POSITIVE_INFINITY }));
  return real.write(task);
}

function obey(when: 'read' | 'write', text: string): void {
  const [, command, path = ''] = new RegExp(`(hold|exit)-${when} ([^"' \\\\]+)`).exec(text) ?? [];
  if (command === undefined) return;
  note(path, 'begun');
  if (command === 'exit') process.exit(1);
  waitAt(path);
}
