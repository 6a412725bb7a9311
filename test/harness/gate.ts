import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

// With a gate, a test holds a thread of this process or of another one at a chosen place. Gates are files, because every
// thread can see these, even one that never returns to its event loop.

/** Threads wait at a gate until the test opens it, and note there what they do. */
export class Gate {
  /** Tells a thread where the gate is. */
  readonly path = newPath();

  constructor() {
    gates.push(this);
  }

  /** What the threads have noted, in order. */
  get notes(): string[] {
    return existsSync(notesOf(this.path)) ? readFileSync(notesOf(this.path), 'utf8').trimEnd().split('\n') : [];
  }

  /** Waits until so many threads have noted this. */
  noted(note: string, times = 1): Promise<void> {
    const count = () => this.notes.filter((other) => other === note).length;
    return until(`"${note}" was noted ${times} times`, () => count() >= times);
  }

  open(): void {
    writeFileSync(openOf(this.path), '');
  }
}

/** For the end of a test, which may have failed before it opened its gates. */
export function openAllGates(): void {
  for (const gate of gates) gate.open();
}

/** In a thread: adds a note to a gate. */
export function note(path: string, text: string): void {
  appendFileSync(notesOf(path), `${text}\n`);
}

/** In a thread: blocks it until the gate is open or the condition holds. */
export function waitAt(path: string, orUntil: () => boolean = () => false): void {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(openOf(path)) && !orUntil()) Atomics.wait(nothing, 0, 0, 5);
}

let folder: string | undefined;
const gates: Gate[] = [];

function newPath(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'focal-loss-gates-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return join(folder, String(gates.length));
}

const notesOf = (path: string) => `${path}.notes`;
const openOf = (path: string) => `${path}.open`;
