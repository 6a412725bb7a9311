import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { kernelBuilds } from '../../../../src/engine/backends/wasm/kernel-builds.ts';

// Relaxed SIMD is in Node 22 and later, and in Node 20 behind a flag. Other processors than x64 have fused multiply-add always.

const isNode20 = process.versions.node.startsWith('20.');
const isFused =
  process.arch !== 'x64' || process.platform !== 'linux' || / fma /.test(readFileSync('/proc/cpuinfo', 'utf8'));
const WITH_RELAXED = isNode20 ? ['--experimental-wasm-relaxed-simd'] : [];
const WITHOUT_FUSED = '--no-enable-fma3';

/** What Node prints in a process of its own, with flags. */
async function node(flags: readonly string[], ...rest: readonly string[]): Promise<string> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const options = [...flags, '--import', './scripts/typescript.mjs', ...rest];
  return (await promisify(execFile)(process.execPath, options, { env })).stdout;
}

async function buildsWith(...flags: string[]): Promise<string[]> {
  const module = new URL('../../../../src/engine/backends/wasm/kernel-builds.ts', import.meta.url);
  const code = `import { kernelBuilds } from '${module}'; console.log(JSON.stringify(kernelBuilds()))`;
  return JSON.parse(await node(flags, '--input-type=module', '--eval', code));
}

test('the build for relaxed SIMD is there where Node has it and multiply-add is fused', async () => {
  const both = ['relaxed SIMD', 'SIMD'];
  assert.deepEqual(await buildsWith(), !isNode20 && isFused ? both : ['SIMD']);
  assert.deepEqual(await buildsWith(...WITH_RELAXED), isFused ? both : ['SIMD']);
  if (process.arch === 'x64') assert.deepEqual(await buildsWith(...WITH_RELAXED, WITHOUT_FUSED), ['SIMD']);
});

// The accuracy tests beside this file run on the fastest build, and here on the other one.
const isRelaxed = kernelBuilds()[0] === 'relaxed SIMD';
const skip = !isFused || (isRelaxed && process.arch !== 'x64') ? 'there is no other build on this machine' : false;
test(`the float32 kernels are as accurate on the build for ${isRelaxed ? 'SIMD' : 'relaxed SIMD'}`, {
  skip,
}, async () => {
  const flags = isRelaxed ? [WITHOUT_FUSED] : WITH_RELAXED;
  assert.notDeepEqual(await buildsWith(...flags), kernelBuilds());
  const folder = 'test/engine/backends/wasm';
  const files = readdirSync(folder).filter((name) => name.startsWith('float32-'));
  assert.ok(files.length >= 5);
  await node(flags, '--test', ...files.map((name) => `${folder}/${name}`)).catch(({ stdout }) => assert.fail(stdout));
});
