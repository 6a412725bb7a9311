import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';

/** What may wait to be written, in characters: a log that nobody takes must not fill the memory. */
const MAX_WAITING = 8 * 2 ** 20;
const RETRY_MS = 100;
/** How long the exit waits for a reader that is slow. */
const LAST_TRY_MS = 1000;

/**
 * Writes lines to a file descriptor behind the request's back: a synchronous line costs a small request a fifth of its
 * time. A line that can't be written (a full disk, a reader that is gone or stuck) is lost, and the service goes on.
 */
export class LogSink {
  readonly #descriptor: number;
  #lines: string[] = [];
  #length = 0;
  /** What is being written. */
  #bytes: Buffer = Buffer.alloc(0);
  #writing = false;
  readonly #waiting: (() => void)[] = [];

  constructor(descriptor: number) {
    this.#descriptor = unblocked(descriptor);
    process.once('exit', () => this.#flush());
  }

  write(line: string): void {
    if (this.#length + line.length > MAX_WAITING) return;
    this.#lines.push(line);
    this.#length += line.length;
    if (!this.#writing) this.#writeNext();
  }

  /** When there is nothing more to write. An exit before may write twice what is being written. */
  written(): Promise<void> {
    return this.#writing ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve();
  }

  #writeNext(): void {
    this.#writing = this.#lines.length > 0;
    if (!this.#writing) {
      for (const resolve of this.#waiting.splice(0)) resolve();
      return;
    }
    this.#bytes = this.#takeLines();
    this.#writeBytes();
  }

  #takeLines(): Buffer {
    const bytes = Buffer.from(this.#lines.join(''));
    this.#lines = [];
    this.#length = 0;
    return bytes;
  }

  #writeBytes(): void {
    write(this.#descriptor, this.#bytes, (error, written) => {
      // Only this may wait, and it does not keep the process from its end.
      if (error?.code === 'EAGAIN') setTimeout(() => this.#writeBytes(), RETRY_MS).unref();
      else {
        this.#bytes = error ? Buffer.alloc(0) : this.#bytes.subarray(written);
        if (this.#bytes.length > 0) this.#writeBytes();
        else this.#writeNext();
      }
    });
  }

  /** At the exit there is no later. */
  #flush(): void {
    let bytes = Buffer.concat([this.#bytes, this.#takeLines()]);
    const end = performance.now() + LAST_TRY_MS;
    while (bytes.length > 0 && performance.now() < end) {
      try {
        bytes = bytes.subarray(writeSync(this.#descriptor, bytes));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
      }
    }
  }
}

/**
 * A pipe that is full holds up a write, and with it the end of the process, for as long as its reader likes. Opened anew
 * it says EAGAIN instead, and stays as it is for other processes. Where that is not allowed it is used as it is.
 */
function unblocked(descriptor: number): number {
  try {
    if (!fstatSync(descriptor).isFIFO()) return descriptor;
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return descriptor;
  }
}
