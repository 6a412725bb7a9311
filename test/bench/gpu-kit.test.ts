import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CONFORMANCE_TESTS } from '../../bench/gpu-kit/conformance-step.ts';
import { appFiles, ROOT } from '../../bench/gpu-kit/contents.ts';
import { type FinishedStep, renderReport, writeReport } from '../../bench/gpu-kit/report.ts';
import { copySharedLibraries } from '../../bench/gpu-kit/shared-libraries.ts';
import { webgpuUnavailableReason } from '../../src/engine/backends/webgpu/availability.ts';

// Packing takes most of a minute, so what is packed is checked here instead. .ci/engines runs the kit's benchmark.

const IMPORT = /^(?:import|export) (?!type )[^;]*?from '([^']+)'|import\('([^']+)'\)/gm;
const ENTRIES = [
  'bench/gpu-kit/main.ts',
  'bench/gpu-kit/probe.ts',
  'bench/servers/stages.ts',
  'src/engine/backend-probe-process.ts',
  'test/helpers/engine/conformance-worker.ts',
  'test/helpers/engine/webgpu-thread.ts',
  ...Object.values(CONFORMANCE_TESTS),
];

const folder = mkdtempSync(join(tmpdir(), 'gpu-kit-test-'));
after(() => rmSync(folder, { recursive: true }));

test('every file that its programs import is in the kit', {
  skip: webgpuUnavailableReason(true) ?? false,
}, () => {
  const files = new Set(appFiles());
  const packages = new Set<string>();
  const seen = new Set<string>(ENTRIES);
  for (const file of seen) {
    assert.ok(files.has(file), file);
    for (const [, from, dynamic] of readFileSync(join(ROOT, file), 'utf8').matchAll(IMPORT)) {
      const specifier = (from ?? dynamic)!;
      if (specifier.startsWith('.')) seen.add(join(dirname(file), specifier));
      else if (!specifier.startsWith('node:')) packages.add(specifier);
    }
  }
  assert.ok(packages.has('@tensorflow/tfjs-backend-webgpu') && seen.has('src/engine/engine-pool.ts'));
  for (const name of [...packages, 'webgpu', 'tsx/esm/api', 'fastify']) {
    const path = relative(ROOT, fileURLToPath(import.meta.resolve(name)));
    assert.ok(files.has(path), `${name}: ${path}`);
  }
  for (const path of ['dist/main.js', 'test/fixtures/golden.json', 'node_modules/webgpu/dist/linux-x64/dawn.node']) {
    assert.ok(files.has(path), path);
  }
  assert.ok(![...files].some((path) => /dll$|\.d\.ts$|tfjs-node|\.venv/.test(path)));
});

test('on its own C and C++ libraries, Node and the processes that it starts run', {
  skip: process.platform === 'linux' && process.arch === 'x64' ? false : 'the kit is for Linux on x64',
}, () => {
  const kit = join(folder, 'a kit');
  cpSync(join(ROOT, 'bench/gpu-kit/root'), kit, { recursive: true });
  symlinkSync(ROOT, join(kit, 'app'));
  symlinkSync(process.execPath, join(kit, 'node'));
  copySharedLibraries([process.execPath], join(kit, 'libraries'));

  const maps = "require('node:fs').readFileSync('/proc/self/maps', 'utf8')";
  const script = `require('node:child_process').execFileSync(process.execPath, ['-p', ${JSON.stringify(maps)}])`;
  const mapped = execFileSync(join(kit, 'node-with-libraries'), ['-p', `String(${script})`], {
    encoding: 'utf8',
    env: { NODE_OPTIONS: `--import="${kit}/exec-path.mjs"` },
  });
  assert.ok(mapped.includes(join(kit, 'libraries/libc.so.6')));
  assert.ok(!/ \/(?:usr\/)?lib\S*\/libc\.so/.test(mapped));

  assert.match(execFileSync(join(kit, 'run'), ['--help'], { encoding: 'utf8' }), /^Usage: run FOLDER/);
});

test('the report has every step, and those that failed', () => {
  const finished: FinishedStep[] = [
    { step: stepOf('service'), passed: true, seconds: 12.4, text: 'All is right.', figures: { cases: 45 } },
    { step: stepOf('speed'), passed: false, seconds: 0.6, text: 'Failed: no GPU', figures: {} },
  ];
  const report = renderReport({ machine: 'a CPU', driver: 'two\nlines' }, finished);
  assert.match(report, /^- machine: a CPU$/m);
  assert.match(report, /^ {6}two\n {6}lines$/m);
  assert.match(report, /^\| service \| +yes \| +12 \|$/m);
  assert.match(report, /^\| speed {3}\| \*\*no\*\* \| +1 \|$/m);
  assert.match(report, /^## Title of speed\n\nFailed: no GPU$/m);

  writeReport(folder, { machine: 'a CPU' }, finished);
  assert.deepEqual(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')), {
    facts: { machine: 'a CPU' },
    steps: [
      { name: 'service', passed: true, seconds: 12.4, cases: 45 },
      { name: 'speed', passed: false, seconds: 0.6 },
    ],
  });
});

function stepOf(name: string): FinishedStep['step'] {
  return { name, title: `Title of ${name}`, run: () => Promise.reject(new Error('not run here')) };
}
