import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { checkPage } from './example-page.ts';

// Starts the service, runs every example whose toolchain is installed, and the tests of the clients in Go and R, and lists the
// skipped ones with the reason.
// Arguments name the examples to run, all by default. PYTHON is the interpreter of the Python examples. With --write the tables
// of those that a page shows are written there, instead of compared.

interface Example {
  readonly name: string;
  /** From the repository's root. */
  readonly folder: string;
  /** A command that succeeds if the toolchain is installed. */
  readonly check: readonly string[];
  /** A shell command, run in the folder; `$URL` is the service, and `$BATCH` the file that single-file clients send. */
  readonly command: string;
  /** Whether a page has the tables that it prints, and the figure that it may draw as `$FIGURE`. */
  readonly isOnPage?: boolean;
  /** Whether it sends the batch, and prints the loss. */
  readonly printsLoss?: boolean;
}

const PYTHON = process.env.PYTHON ?? 'python3';
const MODULES = {
  pytorch_ten_lines: 'torch sklearn',
  pytorch_digits: 'torch torchvision sklearn',
  pytorch_shared_memory: 'torch torchvision sklearn PIL',
  lightning_digits: 'lightning torch torchvision sklearn',
  keras_ten_lines: 'keras sklearn',
  keras_digits: 'keras torch sklearn',
  jax_ten_lines: 'jax sklearn',
  jax_digits: 'jax optax sklearn',
  tensorflow_ten_lines: 'tensorflow sklearn',
  tensorflow_digits: 'tensorflow sklearn',
  lightgbm_ten_lines: 'lightgbm sklearn',
  lightgbm_boosting: 'lightgbm sklearn PIL',
  xgboost_ten_lines: 'xgboost sklearn',
  xgboost_boosting: 'xgboost sklearn PIL',
  sklearn_ten_lines: 'sklearn',
  sklearn_evaluation: 'sklearn',
  tracking_digits: 'tensorboardX tensorboard mlflow sklearn',
};
/** Those whose tables are on a page. */
const MODULES_ON_PAGE = {
  posterior_digits: 'sklearn',
  lightgbm_probabilities: 'lightgbm sklearn',
  xgboost_probabilities: 'xgboost sklearn',
};
const CHECK_MODULES =
  'import sys, importlib.util as i; missing = [m for m in sys.argv[1:] if not i.find_spec(m)]; ' +
  'sys.exit("missing Python packages: " + ", ".join(missing) if missing else 0)';

const EXAMPLES: readonly Example[] = [
  ...Object.entries(MODULES).map(([name, modules]) => pythonExample(name, modules)),
  ...Object.entries(MODULES_ON_PAGE).map(([name, modules]) => {
    const example = pythonExample(name, modules);
    return { ...example, command: `${example.command} "$FIGURE"`, isOnPage: true };
  }),
  clientExample('r', ['Rscript', '-e', 'library(httr2); library(jsonlite)'], 'Rscript focal_loss.R "$URL" "$BATCH"'),
  clientExample('julia', ['julia', '-e', 'using HTTP, JSON'], 'julia focal_loss.jl "$URL" "$BATCH"'),
  clientExample('go', ['go', 'version'], 'go run . "$URL" "$BATCH"'),
  clientExample('rust', ['cargo', 'fetch', '--quiet'], 'cargo run --quiet -- "$URL" "$BATCH"'),
  clientExample('java', ['java', '-version'], 'java FocalLoss.java "$URL" "$BATCH"'),
  clientExample(
    'cpp',
    ['g++', '-std=c++17', '-M', 'focal_loss.cpp'],
    'g++ -std=c++17 -O1 focal_loss.cpp -o focal_loss -lcurl && ./focal_loss "$URL" "$BATCH"',
  ),
  {
    name: 'go-client',
    folder: 'clients/go',
    check: ['go', 'version'],
    command:
      'test -z "$(gofmt -l . ../../examples/go)" && go vet ./... && FOCAL_LOSS_URL="$URL" go test -timeout 2m ./...',
  },
  {
    name: 'r-client',
    folder: 'clients/r',
    check: ['Rscript', '-e', 'library(httr2); library(jsonlite)'],
    command: 'FOCAL_LOSS_URL="$URL" Rscript test_focal_loss.R',
  },
];

function pythonExample(name: string, modules: string): Example {
  return {
    name,
    folder: 'examples/python',
    check: [PYTHON, '-c', CHECK_MODULES, 'focal_loss_client', ...modules.split(' ')],
    command: `"${PYTHON}" ${name}.py "$URL"`,
  };
}

function clientExample(language: string, check: readonly string[], command: string): Example {
  return { name: language, folder: `examples/${language}`, check, command, printsLoss: true };
}

const EXAMPLE_TIMEOUT_MS = 600_000;
const SHOWN_LINES = 3;
/** Printed by examples that send the batch, which is the same for all of them, so that their losses have to be equal. */
const LOSS = /^150 samples, loss ([\d.]+)/m;
const LISTENING = 'listening at ';
const POLL_MS = 50;

const root = new URL('..', import.meta.url).pathname;
// The examples run in a copy, so that they leave no build outputs in the repository.
const workDir = mkdtempSync(join(tmpdir(), 'focal-loss-examples-'));
for (const folder of ['examples', 'clients/go', 'clients/r', 'test/fixtures']) {
  cpSync(join(root, folder), join(workDir, folder), { recursive: true });
}
const log = join(workDir, 'service.log');
const figure = join(workDir, 'figure.svg');
const service = spawn(process.execPath, [join(root, 'dist/main.js'), '--port', '0'], {
  env: { ...process.env, SHARED_MEMORY: process.platform === 'linux' ? 'on' : 'off' },
  stdio: ['ignore', openSync(log, 'w'), 'inherit'],
});
try {
  const write = process.argv.includes('--write');
  const only = process.argv.slice(2).filter((argument) => argument !== '--write');
  process.exitCode = runAll(await waitForUrl(), only, write);
} finally {
  service.kill();
  rmSync(workDir, { recursive: true });
}

/** Waits until the service is ready, and returns its URL. */
async function waitForUrl(): Promise<string> {
  while (service.exitCode === null) {
    const messages = [...readFileSync(log, 'utf8').matchAll(/"msg":"([^"]+)"}$/gm)].map(([, message]) => message!);
    const listening = messages.find((message) => message.startsWith(LISTENING));
    if (listening && messages.includes('ready')) return listening.slice(LISTENING.length);
    await pause(POLL_MS);
  }
  throw new Error(`The service exited before it was ready:\n${readFileSync(log, 'utf8')}`);
}

function runAll(url: string, only: readonly string[], write: boolean): number {
  const unknown = only.filter((name) => !EXAMPLES.some((example) => example.name === name));
  if (unknown.length > 0) throw new Error(`Unknown example ${unknown.join(', ')}`);
  const skipped: string[] = [];
  let passed = 0;
  let failed = 0;
  let loss: string | undefined;
  for (const example of EXAMPLES.filter(({ name }) => only.length === 0 || only.includes(name))) {
    const reason = unavailableReason(example);
    if (reason !== undefined) {
      skipped.push(`skipped ${example.name}: ${reason}`);
      continue;
    }
    let { output, seconds, failure } = run(example, url);
    if (failure === undefined && example.printsLoss) {
      const [, printed] = LOSS.exec(output) ?? [];
      loss ??= printed;
      if (printed === undefined || printed !== loss)
        failure = `expected the loss of the other clients, ${loss}, got ${printed}`;
    }
    if (failure === undefined && example.isOnPage) {
      failure = checkPage(example.name, output, existsSync(figure) ? readFileSync(figure, 'utf8') : undefined, write);
      rmSync(figure, { force: true });
    }
    const lines = output.trimEnd().split('\n');
    if (failure === undefined) {
      passed++;
      print(`passed ${example.name}, ${seconds.toFixed(1)} s`, lines.slice(-SHOWN_LINES));
    } else {
      failed++;
      print(`FAILED ${example.name}, ${seconds.toFixed(1)} s: ${failure}`, lines);
    }
  }
  for (const line of skipped) print(line);
  print(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

/** Returns why an example can't run on this machine; undefined if it can. */
function unavailableReason({ folder, check }: Example): string | undefined {
  const [program, ...args] = check;
  const { error, status, stderr } = spawnSync(program!, args, { cwd: join(workDir, folder), encoding: 'utf8' });
  if (error) return `${program} is not installed`;
  return status === 0 ? undefined : stderr.trim().split('\n', 1)[0];
}

/** Runs an example, which checks its own numbers, and exits with a status other than 0 if they are wrong. */
function run({ folder, command }: Example, url: string) {
  const start = performance.now();
  const { status, signal, stdout, stderr } = spawnSync('bash', ['-c', command], {
    cwd: join(workDir, folder),
    env: {
      ...process.env,
      URL: url,
      FOCAL_LOSS_URL: url,
      BATCH: join(workDir, 'examples/iris-logits.csv'),
      KERAS_BACKEND: process.env.KERAS_BACKEND ?? 'torch',
      FIGURE: figure,
      // numpy's threads wait for each other by spinning, and its products are small here.
      OPENBLAS_NUM_THREADS: '1',
    },
    encoding: 'utf8',
    timeout: EXAMPLE_TIMEOUT_MS,
  });
  const seconds = (performance.now() - start) / 1000;
  return status === 0
    ? { output: stdout, seconds, failure: undefined }
    : { output: stdout + stderr, seconds, failure: `exited with ${signal ?? `status ${status}`}` };
}

function print(line: string, details: readonly string[] = []): void {
  process.stdout.write([line, ...details].join('\n    ').concat('\n'));
}
