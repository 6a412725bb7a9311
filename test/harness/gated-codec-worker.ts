import type { ReadTask, WriteTask } from '../../src/codecs/codec-worker.ts';
import { readClassNames } from '../../src/loss/class-names.ts';
import { note, waitAt } from './gate.ts';

// The built codec worker, which first does what one of the batch's class names says: "hold-read" and the path of a gate,
// "exit-read" and a path, or the same with "write". `gated-threads.mjs` runs it in place of the original.

const original: typeof import('../../src/codecs/codec-worker.ts') = await import(
  `${new URL('../../dist/codecs/codec-worker.js', import.meta.url)}?original`
);

export function read(task: ReadTask) {
  obey('read', Buffer.from(task.body.bytes.subarray(0, 1000)).toString('latin1'));
  return original.read(task);
}

export function write(task: WriteTask) {
  const { classNames } = task.evaluated.request.batch;
  obey('write', classNames ? readClassNames(classNames).join(' ') : '');
  return original.write(task);
}

export const { readNumbers, writeText } = original;

function obey(stage: 'read' | 'write', text: string): void {
  const [, command, path = ''] = new RegExp(`(hold|exit)-${stage} ([^" ]+)`).exec(text) ?? [];
  if (command === undefined) return;
  note(path, 'begun');
  if (command === 'exit') process.exit(1);
  waitAt(path);
}
