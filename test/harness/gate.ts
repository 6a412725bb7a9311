import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

// How a test holds a thread of this process, or of another one, exactly where it wants it. Files are what any thread can
// see, also one that must not return to its event loop.

/** Where threads wait until the test lets them through, and leave word of what they do. */
export class Gate {
  /** What a thread needs to find it. */
  readonly path = newPath();

  constructor() {
    gates.push(this);
  }

  /** What threads noted here, in order. */
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

/** For the end of a test, which may have failed before it let its threads through. */
export function openAllGates(): void {
  for (const gate of gates) gate.open();
}

/** In a thread: leaves word at a gate. */
export function note(path: string, text: string): void {
  appendFileSync(notesOf(path), `${text}\n`);
}

/** In a thread: blocks it until the gate is open, or something else is reason enough to go on. */
export function waitAt(path: string, reason: () => boolean = () => false): void {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(openOf(path)) && !reason()) Atomics.wait(nothing, 0, 0, 5);
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
