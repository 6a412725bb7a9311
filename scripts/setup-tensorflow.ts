import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { bring, unpackLibrary } from './tensorflow-library.ts';

// Builds the native binding of tfjs-node-gpu against a TensorFlow library of one's choice: its own download is
// libtensorflow 2.9.1, which knows neither CUDA 12 nor the GPUs since. `npm ci` undoes it.

const USAGE = `Usage: npm run setup:tensorflow -- LIBRARY

LIBRARY is a path or a URL: a Python wheel of tensorflow (with CUDA) or tensorflow-cpu for Linux, or libtensorflow's own
.tar.gz. \`pip download tensorflow-cpu==2.21.0 --no-deps\` fetches a wheel; its Python version does not matter.
`;

const ROOT = resolve(import.meta.dirname, '..');
const PACKAGE = join(ROOT, 'node_modules/@tensorflow/tfjs-node-gpu');

/** Run by Node with the package's folder as its argument. */
const LOAD = `
  const backend = require(process.argv[1]).backend();
  const device = backend.isUsingGpuDevice ? 'a GPU' : 'the CPU';
  console.log('setup:tensorflow: TensorFlow ' + backend.binding.TF_Version + ' runs, on ' + device);
`;

const [source] = process.argv.slice(2);
if (source === undefined || source === '--help') {
  process.stdout.write(USAGE);
  process.exitCode = source === undefined ? 2 : 0;
} else {
  try {
    await setUp(source);
  } catch (error) {
    process.stderr.write(`setup:tensorflow: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}

async function setUp(library: string): Promise<void> {
  const environment = buildEnvironment();
  if (!existsSync(PACKAGE)) {
    say('installing tfjs-node-gpu without its own download');
    run('npm', ['install', '--no-save', '--ignore-scripts', '--include=optional'], ROOT);
  }
  const folder = mkdtempSync(join(tmpdir(), 'tensorflow-'));
  try {
    say(`unpacking ${library}`);
    const require = createRequire(join(PACKAGE, 'package.json'));
    unpackLibrary(await bring(library, folder), join(PACKAGE, 'deps'), require);
    say('building the binding');
    const preGyp = join(dirname(require.resolve('@mapbox/node-pre-gyp/package.json')), 'bin/node-pre-gyp');
    const options = ['--build-latest-napi-version-only', '--loglevel=warn'];
    run(process.execPath, [preGyp, 'configure', 'build', ...options], PACKAGE, environment);
  } finally {
    rmSync(folder, { recursive: true });
  }
  say('loading it');
  run(process.execPath, ['-e', LOAD, PACKAGE], ROOT);
}

/** Says all that is missing at once. */
function buildEnvironment(): NodeJS.ProcessEnv {
  if (process.platform !== 'linux')
    throw new Error(`libraries are unpacked for Linux only, and this is ${process.platform}`);
  const missing = Object.entries({
    'c++': 'a C++17 compiler',
    make: 'make',
    python3: 'Python 3, which node-gyp runs on',
  })
    .filter(([command]) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status !== 0)
    .map(([command, what]) => `${what} (${command})`);
  if (missing.length > 0) throw new Error(`there is no ${missing.join(', and no ')}`);

  const prefix = dirname(dirname(process.execPath));
  if (existsSync(join(prefix, 'include/node/node_api.h'))) return { ...process.env, npm_config_nodedir: prefix };
  say(`there are no headers of Node in ${prefix}/include/node: node-gyp will try to download them`);
  return process.env;
}

function run(command: string, args: readonly string[], folder: string, environment = process.env): void {
  try {
    execFileSync(command, args, { cwd: folder, env: environment, stdio: ['ignore', 'inherit', 'inherit'] });
  } catch (cause) {
    throw new Error(`"${command} ${args.join(' ')}" failed; the reason is above`, { cause });
  }
}

function say(text: string): void {
  process.stdout.write(`setup:tensorflow: ${text}\n`);
}
