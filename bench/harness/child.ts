import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { startProcess } from '../../test/harness/start-process.ts';

export type Message = Readonly<Record<string, unknown>>;

/** A process that prints one line of JSON when it is ready, and then answers each line of input with one. */
export class Child {
  readonly hello: Message;
  readonly #process: ChildProcess;
  readonly #lines: Lines;

  private constructor(hello: Message, child: ChildProcess, lines: Lines) {
    this.hello = hello;
    this.#process = child;
    this.#lines = lines;
  }

  /** @throws {Error} with what it wrote to stderr if it ends before it is ready */
  static async start(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<Child> {
    const child = startProcess(command, args, { env });
    const lines = new Lines(child, args.find((arg) => /\.(ts|py)$/.test(arg)) ?? command);
    return new Child(await lines.next(), child, lines);
  }

  get pid(): number {
    return this.#process.pid!;
  }

  get port(): number {
    return Number(this.hello.port);
  }

  ask(question: Message): Promise<Message> {
    this.#process.stdin!.write(`${JSON.stringify(question)}\n`);
    return this.#lines.next();
  }

  /** Ends its input, at which it ends itself. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.stdin!.end();
    await ended;
  }
}

const STDERR_KEPT = 2000;

class Lines {
  readonly #waiting: Waiting[] = [];
  #ended: Error | undefined;

  constructor(child: ChildProcess, name: string) {
    let stderr = '';
    child.stderr!.on('data', (text: Buffer) => {
      stderr = (stderr + text).slice(-STDERR_KEPT);
    });
    createInterface(child.stdout!).on('line', (line) => this.#waiting.shift()?.resolve(JSON.parse(line)));
    const end = (why: string) => {
      this.#ended = new Error(`${name} ${why}: ${stderr.trim()}`);
      for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#ended);
    };
    child.once('error', (error) => end(error.message));
    child.once('close', (code) => end(`ended (${code})`));
  }

  next(): Promise<Message> {
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }
}

interface Waiting {
  readonly resolve: (message: Message) => void;
  readonly reject: (error: Error) => void;
}
