import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

// Runs every example whose toolchain is here against a freshly started service, and says which were left out and why.
// Arguments are names of examples to run alone; PYTHON is the interpreter that has what the Python ones need.

interface Example {
  readonly name: string;
  /** In `examples/`. */
  readonly folder: string;
  /** Succeeds where the example can run. */
  readonly probe: readonly string[];
  /** Shell, in the example's folder; `$URL` is the service and `$BATCH` the file that single-file clients post. */
  readonly command: string;
}

const PYTHON = process.env.PYTHON ?? 'python3';
const MODULES = {
  pytorch_digits: 'torch torchvision sklearn',
  lightning_digits: 'lightning torch torchvision sklearn',
  keras_digits: 'keras torch sklearn',
  jax_digits: 'jax optax sklearn',
  lightgbm_boosting: 'lightgbm sklearn',
  xgboost_boosting: 'xgboost sklearn',
  sklearn_evaluation: 'sklearn',
};
const FIND_MODULES =
  'import sys, importlib.util as i; lost = [m for m in sys.argv[1:] if not i.find_spec(m)]; ' +
  'sys.exit("no Python package " + ", ".join(lost) if lost else 0)';

const EXAMPLES: readonly Example[] = [
  ...Object.entries(MODULES).map(([name, modules]) => ({
    name,
    folder: 'python',
    probe: [PYTHON, '-c', FIND_MODULES, 'focal_loss_client', ...modules.split(' ')],
    command: `"${PYTHON}" ${name}.py "$URL"`,
  })),
  {
    name: 'r',
    folder: 'r',
    probe: ['Rscript', '-e', 'library(httr2)'],
    command: 'Rscript focal_loss.R "$URL" "$BATCH"',
  },
  {
    name: 'julia',
    folder: 'julia',
    probe: ['julia', '-e', 'using HTTP, JSON'],
    command: 'julia focal_loss.jl "$URL" "$BATCH"',
  },
  { name: 'go', folder: 'go', probe: ['go', 'version'], command: 'go run focal_loss.go "$URL" "$BATCH"' },
  {
    name: 'rust',
    folder: 'rust',
    probe: ['cargo', 'fetch', '--quiet'],
    command: 'cargo run --quiet -- "$URL" "$BATCH"',
  },
  { name: 'java', folder: 'java', probe: ['java', '-version'], command: 'java FocalLoss.java "$URL" "$BATCH"' },
  {
    name: 'cpp',
    folder: 'cpp',
    probe: ['g++', '-std=c++17', '-M', 'focal_loss.cpp'],
    command: 'g++ -std=c++17 -O2 focal_loss.cpp -o focal_loss -lcurl && ./focal_loss "$URL" "$BATCH"',
  },
];

const EXAMPLE_LIMIT_MS = 600_000;
const LAST_LINES = 3;
/** What single-file clients print: they post the same batch, so it is the same for all. */
const LOSS = /^150 samples, loss ([\d.]+)/m;
const LISTENING = 'listening at ';
const POLL_MS = 50;

const root = new URL('..', import.meta.url).pathname;
// In a copy, so that nothing that is built is left in the repository.
const workplace = mkdtempSync(join(tmpdir(), 'focal-loss-examples-'));
cpSync(join(root, 'examples'), workplace, { recursive: true });
const log = join(workplace, 'service.log');
const service = spawn(process.execPath, [join(root, 'dist/main.js'), '--port', '0'], {
  stdio: ['ignore', openSync(log, 'w'), 'inherit'],
});
try {
  process.exitCode = runAll(await address(), process.argv.slice(2));
} finally {
  service.kill();
  rmSync(workplace, { recursive: true });
}

/** Waits until the service is ready. */
async function address(): Promise<string> {
  while (service.exitCode === null) {
    const messages = [...readFileSync(log, 'utf8').matchAll(/"msg":"([^"]+)"}$/gm)].map(([, message]) => message!);
    const listening = messages.find((message) => message.startsWith(LISTENING));
    if (listening && messages.includes('ready')) return listening.slice(LISTENING.length);
    await pause(POLL_MS);
  }
  throw new Error(`The service ended before it was ready:\n${readFileSync(log, 'utf8')}`);
}

function runAll(url: string, only: readonly string[]): number {
  const unknown = only.filter((name) => !EXAMPLES.some((example) => example.name === name));
  if (unknown.length > 0) throw new Error(`There is no example ${unknown.join(', ')}`);
  const leftOut: string[] = [];
  let passed = 0;
  let failed = 0;
  let loss: string | undefined;
  for (const example of EXAMPLES.filter(({ name }) => only.length === 0 || only.includes(name))) {
    const reason = whyNot(example);
    if (reason !== undefined) {
      leftOut.push(`left out ${example.name}: ${reason}`);
      continue;
    }
    let { output, seconds, issue } = run(example, url);
    if (issue === undefined && example.folder !== 'python') {
      const [, printed] = LOSS.exec(output) ?? [];
      loss ??= printed;
      if (printed === undefined || printed !== loss) issue = `expected the loss of the other clients, ${loss}`;
    }
    const lines = output.trimEnd().split('\n');
    if (issue === undefined) {
      passed++;
      say(`passed ${example.name}, ${seconds.toFixed(1)} s`, lines.slice(-LAST_LINES));
    } else {
      failed++;
      say(`FAILED ${example.name}, ${seconds.toFixed(1)} s: ${issue}`, lines);
    }
  }
  for (const line of leftOut) say(line);
  say(`${passed} passed, ${failed} failed, ${leftOut.length} skipped`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

/** Why an example can't run here; undefined where it can. */
function whyNot({ folder, probe }: Example): string | undefined {
  const [program, ...args] = probe;
  const { error, status, stderr } = spawnSync(program!, args, { cwd: join(workplace, folder), encoding: 'utf8' });
  if (error) return `there is no ${program}`;
  return status === 0 ? undefined : stderr.trim().split('\n', 1)[0];
}

/** Runs an example to its end; it checks its own numbers, and ends with another status than 0 where they are wrong. */
function run({ folder, command }: Example, url: string) {
  const start = performance.now();
  const { status, signal, stdout, stderr } = spawnSync('bash', ['-c', command], {
    cwd: join(workplace, folder),
    env: { ...process.env, URL: url, BATCH: join(workplace, 'iris-logits.csv') },
    encoding: 'utf8',
    timeout: EXAMPLE_LIMIT_MS,
  });
  const seconds = (performance.now() - start) / 1000;
  return status === 0
    ? { output: stdout, seconds, issue: undefined }
    : { output: stdout + stderr, seconds, issue: `it ended with ${signal ?? status}` };
}

function say(line: string, details: readonly string[] = []): void {
  process.stdout.write([line, ...details].join('\n    ').concat('\n'));
}
