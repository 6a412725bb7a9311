import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { after } from 'node:test';

// POSIX shared memory objects, as a client makes them.

export const DIRECTORY = '/dev/shm';

/** For the options of a test. */
export const skip = existsSync(DIRECTORY) ? false : `there is no ${DIRECTORY} here`;

/** A key that no object has. It is removed after the tests of the file, whatever it is then. */
export function freshKey(): string {
  const key = `focal-loss-test-${randomUUID()}`;
  after(() => rmSync(`${DIRECTORY}/${key}`, { recursive: true, force: true }));
  return key;
}

export class SharedObject {
  readonly key = freshKey();
  readonly path = `${DIRECTORY}/${this.key}`;
  readonly #fd = openSync(this.path, 'wx+', 0o600);

  constructor(bytes: number | Uint8Array) {
    if (typeof bytes === 'number') this.resize(bytes);
    else this.write(0, bytes);
    after(() => closeSync(this.#fd));
  }

  get size(): number {
    return fstatSync(this.#fd).size;
  }

  resize(bytes: number): void {
    ftruncateSync(this.#fd, bytes);
  }

  setMode(mode: number): void {
    chmodSync(this.path, mode);
  }

  write(at: number, bytes: Uint8Array): void {
    writeSync(this.#fd, bytes, 0, bytes.length, at);
  }

  read(at: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    readSync(this.#fd, bytes, 0, length, at);
    return bytes;
  }
}

export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}
