import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';

/** How many characters may wait to be written, so that a log that nobody reads does not fill the memory. */
const MAX_WAITING = 8 * 2 ** 20;
/** How long the lines behind a write wait for others: each write takes as long as a tenth of a small request. */
const PAUSE_MS = 5;
/** How long to wait after EAGAIN. */
const RETRY_MS = 100;
/** How long the exit waits for a slow reader. */
const EXIT_TIMEOUT_MS = 1000;
const EXIT_RETRY_MS = 20;

/**
 * Writes log lines to a file descriptor without blocking: a synchronous write would add a fifth to the time of a small
 * request. A line that cannot be written (the disk is full, the reader is gone or stuck) is lost, and the service
 * continues.
 *
 * This is not sonic-boom, because version 4, on which pino depends, cannot exit reliably:
 * - `flushSync` never returns if a write fails with anything but EAGAIN, as on a full disk (ENOSPC) or with a reader
 *   that is gone (EPIPE): it sleeps and tries again forever, and `retryEAGAIN` is not consulted.
 * - `flushSync` omits the buffer of a write in progress, so an exit while the reader is slow loses those lines.
 * - Its timer for a retry after EAGAIN keeps the process alive for as long as the reader is stuck.
 */
export class LogSink {
  readonly #descriptor: number;
  #lines: string[] = [];
  #length = 0;
  /** The bytes of the write in progress. */
  #bytes: Buffer = Buffer.alloc(0);
  #writing = false;
  /** Set for a while after a write. */
  #pause: NodeJS.Timeout | undefined;
  #blocked = false;
  readonly #onDrained: (() => void)[] = [];

  constructor(descriptor: number) {
    this.#descriptor = openNonBlocking(descriptor);
    process.once('exit', () => this.#flushSync());
  }

  /** Whether a write holds its thread now: the descriptor is no pipe, but a socket or terminal that nobody reads. */
  get blocked(): boolean {
    return this.#blocked;
  }

  write(line: string): void {
    if (this.#length + line.length > MAX_WAITING) return;
    this.#lines.push(line);
    this.#length += line.length;
    if (!this.#writing && !this.#pause) this.#writeLines();
  }

  /** Resolves when all lines are written. An exit before that may write the lines of the write in progress twice. */
  drained(): Promise<void> {
    this.#endPause();
    return this.#writing ? new Promise((resolve) => this.#onDrained.push(resolve)) : Promise.resolve();
  }

  #writeLines(): void {
    this.#writing = this.#lines.length > 0;
    if (!this.#writing) {
      for (const resolve of this.#onDrained.splice(0)) resolve();
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
    this.#blocked = true;
    write(this.#descriptor, this.#bytes, (error, written) => {
      this.#blocked = false;
      // The timer does not keep the process alive.
      if (error?.code === 'EAGAIN') setTimeout(() => this.#writeBytes(), RETRY_MS).unref();
      else {
        this.#bytes = error ? Buffer.alloc(0) : this.#bytes.subarray(written);
        if (this.#bytes.length > 0) this.#writeBytes();
        else this.#startPause();
      }
    });
  }

  #startPause(): void {
    this.#pause = setTimeout(() => this.#endPause(), PAUSE_MS).unref();
    // Somebody waits, or so many lines that the limit is near.
    if (this.#onDrained.length > 0 || this.#length > MAX_WAITING / 2) this.#endPause();
  }

  #endPause(): void {
    if (!this.#pause) return;
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#writeLines();
  }

  /** The process is about to exit: asynchronous writes no longer complete. */
  #flushSync(): void {
    let bytes = Buffer.concat([this.#bytes, this.#takeLines()]);
    const deadline = performance.now() + EXIT_TIMEOUT_MS;
    while (bytes.length > 0 && performance.now() < deadline) {
      try {
        bytes = bytes.subarray(writeSync(this.#descriptor, bytes));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, EXIT_RETRY_MS);
      }
    }
  }
}

/**
 * A write to a full pipe blocks, and so does the exit, until the reader reads. Opened again as non-blocking, the pipe
 * reports EAGAIN instead; its descriptors in other processes do not change. If opening fails, the given one is used.
 */
function openNonBlocking(descriptor: number): number {
  try {
    if (!fstatSync(descriptor).isFIFO()) return descriptor;
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return descriptor;
  }
}
