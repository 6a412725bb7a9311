import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface TestRun {
  readonly outcome: 'passed' | 'failed' | 'timeout';
  readonly ms: number;
}

interface Esbuild {
  transformSync(text: string, options: object): { readonly code: string };
}

/** A copy of the working tree in which source files are changed and tests are run. */
export class Sandbox {
  readonly #root: string;
  #running: number | undefined;

  constructor(source: string) {
    this.#root = mkdtempSync(join(tmpdir(), 'mutation-'));
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: source,
    });
    for (const file of listed.toString().split('\0').filter(Boolean)) {
      mkdirSync(dirname(join(this.#root, file)), { recursive: true });
      cpSync(join(source, file), join(this.#root, file));
    }
    cpSync(join(source, 'dist'), join(this.#root, 'dist'), { recursive: true });
    symlinkSync(join(source, 'node_modules'), join(this.#root, 'node_modules'));
  }

  /**
   * Writes a source file, and what is built of it: tests run from the sources, and those of the process from `dist`.
   *
   * @returns whether it compiles
   */
  write(file: string, text: string): boolean {
    try {
      const code = buildTypeScript(text);
      writeFileSync(join(this.#root, file), text);
      writeFileSync(join(this.#root, file.replace(/^src/, 'dist').replace(/\.ts$/, '.js')), code);
      return true;
    } catch {
      return false;
    }
  }

  /** Runs one test file in a process group of its own, which is ended at the first failed test. */
  async runTest(test: string, timeoutMs: number): Promise<TestRun> {
    const start = performance.now();
    const line = ['--import', './scripts/typescript.mjs', '--test-reporter=tap', test];
    const child = spawn(process.execPath, line, {
      cwd: this.#root,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    });
    this.#running = child.pid;
    let outcome: TestRun['outcome'] = 'passed';
    const timer = setTimeout(() => {
      outcome = 'timeout';
      this.endTest();
    }, timeoutMs);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!/^not ok /m.test(text) || outcome !== 'passed') return;
      outcome = 'failed';
      this.endTest();
    });
    const [code] = await once(child, 'exit');
    clearTimeout(timer);
    this.endTest();
    this.#running = undefined;
    if (outcome === 'passed' && code !== 0) outcome = 'failed';
    return { outcome, ms: performance.now() - start };
  }

  /** Ends the test that is running, if any, with all that it has started. */
  endTest(): void {
    if (this.#running === undefined) return;
    try {
      process.kill(-this.#running, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }

  close(): void {
    this.endTest();
    rmSync(this.#root, { recursive: true, force: true });
  }
}

const RELATIVE_IMPORT = /(\b(?:from|import)\s*\(?\s*["']\.[^"']*)\.ts(["'])/g;

function buildTypeScript(text: string): string {
  return esbuild().transformSync(text, { loader: 'ts', format: 'esm' }).code.replaceAll(RELATIVE_IMPORT, '$1.js$2');
}

let loaded: Esbuild | undefined;

/** The compiler that tsx has, because tests run the sources by tsx. */
function esbuild(): Esbuild {
  loaded ??= createRequire(createRequire(import.meta.url).resolve('tsx/esm/api'))('esbuild') as Esbuild;
  return loaded;
}
