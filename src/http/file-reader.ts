import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { trackBlocking } from '../core/thread-registry.ts';

const MAX_BYTES = 2 ** 20;

/** Reads a small file again and again, even one that may block. */
export class FileReader {
  readonly path: string;
  readonly #timeoutMs: number;
  /** The read that has not ended. It holds one of the few threads of Node's pool, so that no second one is started beside it. */
  #reading: Promise<string> | undefined;

  constructor(path: string, timeoutMs: number) {
    this.path = path;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws {Error} if the file can't be read, or not in time */
  async read(): Promise<string> {
    if (!this.#reading) {
      this.#reading = readText(this.path);
      trackBlocking(this.#reading);
      const end = () => {
        this.#reading = undefined;
      };
      this.#reading.then(end, end);
    }
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      const error = new Error(`expected a file that can be read within ${this.#timeoutMs / 1000} s`);
      timer = setTimeout(() => reject(error), this.#timeoutMs).unref();
    });
    return Promise.race([this.#reading, timeout]).finally(() => clearTimeout(timer));
  }
}

/** Reads a regular file. O_NONBLOCK, because to open a pipe would block until something writes to it. */
async function readText(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) throw new Error('expected a file, got a directory');
    if (!stats.isFile()) throw new Error('expected a regular file, got a pipe or a device');
    if (stats.size > MAX_BYTES) throw new Error(`expected a file of at most ${MAX_BYTES} bytes, got ${stats.size}`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
