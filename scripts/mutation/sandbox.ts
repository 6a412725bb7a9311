import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildWasm, wasmFiles } from './build-wasm.ts';
import { emitJavaScript } from './emit-javascript.ts';

export interface TestRun {
  readonly outcome: 'passed' | 'failed' | 'timeout';
  readonly ms: number;
}

const FLAGS = ['--no-warnings', '--import', './scripts/typescript.mjs', '--test-reporter=tap'];
/** A failed test at the top of a file, in the format of TAP. */
const NOT_OK = /^not ok /m;

/** A copy of the working tree in which one source file at a time is changed, and tests are run. */
export class Sandbox {
  readonly #root = mkdtempSync(join(tmpdir(), 'mutation-'));
  readonly #source: string;
  #running: number | undefined;
  #isStopped = false;

  /** @param source the root of the working tree, with what is installed and built in it */
  constructor(source: string) {
    this.#source = source;
    const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
    const files = execFileSync('git', list, { cwd: source, encoding: 'utf8' });
    for (const file of [...files.split('\0').filter(Boolean), 'dist']) {
      mkdirSync(dirname(join(this.#root, file)), { recursive: true });
      cpSync(join(source, file), join(this.#root, file), { recursive: true });
    }
    symlinkSync(join(source, 'node_modules'), join(this.#root, 'node_modules'));
  }

  /**
   * Writes a source file, and what is built of it: most tests run the sources, and some the process in `dist`.
   *
   * @returns whether it compiles
   */
  async write(file: string, text: string): Promise<boolean> {
    writeFileSync(join(this.#root, file), text);
    if (isAssembly(file)) return buildWasm(this.#root, file);
    const code = emitJavaScript(text);
    if (code !== undefined) writeFileSync(join(this.#root, emittedPath(file)), code);
    return code !== undefined;
  }

  restore(file: string): void {
    const built = isAssembly(file) ? wasmFiles(this.#root, file) : [emittedPath(file)];
    for (const path of [file, ...built]) cpSync(join(this.#source, path), join(this.#root, path));
  }

  /** Runs one test file in a process group of its own, which is ended at the first failed test. */
  async runTest(test: string, timeoutMs: number): Promise<TestRun> {
    if (this.#isStopped) return { outcome: 'timeout', ms: 0 };
    const start = performance.now();
    const child = spawn(process.execPath, [...FLAGS, test], {
      cwd: this.#root,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    });
    this.#running = child.pid;
    let outcome: TestRun['outcome'] = 'passed';
    const timer = setTimeout(() => {
      outcome = 'timeout';
      this.#endTest();
    }, timeoutMs);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!NOT_OK.test(text) || outcome !== 'passed') return;
      outcome = 'failed';
      this.#endTest();
    });
    const [code] = await once(child, 'exit');
    clearTimeout(timer);
    this.#endTest();
    this.#running = undefined;
    if (outcome === 'passed' && code !== 0) outcome = 'failed';
    return { outcome, ms: performance.now() - start };
  }

  /** Ends the test that is running, if any, and runs no other. */
  stop(): void {
    this.#isStopped = true;
    this.#endTest();
  }

  #endTest(): void {
    if (this.#running === undefined) return;
    try {
      process.kill(-this.#running, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }

  close(): void {
    this.stop();
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 3 });
  }
}

function isAssembly(file: string): boolean {
  return file.includes('/assembly/');
}

function emittedPath(file: string): string {
  return file.replace(/^src/, 'dist').replace(/\.ts$/, '.js');
}
