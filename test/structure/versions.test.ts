import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { SUPPORTED_NODE } from '../../src/core/supported-node.ts';
import { INSTALL_WEBGPU } from '../../src/engine/backends/webgpu/availability.ts';

// Versions that several files name.

const ROOT = resolve(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** As pages write it: 22, 24 or 26. */
const LIST = `${SUPPORTED_NODE.slice(0, -1).join(', ')} or ${SUPPORTED_NODE.at(-1)}`;

test('pages name the versions of Node that are supported, and the oldest that works with what it lacks', () => {
  const { engines } = JSON.parse(read('package.json'));
  const oldest = /^>=(\d+\.\d+)$/.exec(engines.node)![1]!;
  for (const page of ['README.md', 'CONTRIBUTING.md']) {
    const text = read(page).replace(/\s+/g, ' ');
    assert.ok(text.includes(`Node ${LIST}`), page);
    assert.ok(text.includes(`(Node ${oldest} works, and has had no security fixes since April 2026.)`), page);
  }
  assert.ok(read('docs/how-to/images.md').includes(`Node ${LIST} on Debian`));
});

test('the smoke test runs on all supported versions and on the oldest', () => {
  const [, versions] = /set -- ([\d ]+)$/m.exec(read('.ci/smoke'))!;
  assert.deepEqual(versions!.split(' ').map(Number), [20, ...SUPPORTED_NODE]);
});

test('the images are on one version of Node, which is supported', () => {
  const [, image, version] = /^ARG NODE_IMAGE=(node:([\d.]+)-\S+)$/m.exec(read('Dockerfile'))!;
  assert.ok(SUPPORTED_NODE.includes(Number.parseInt(version!, 10)), version);
  const named = new Set(read('docs/how-to/images.md').match(/node:[\d.]+-[a-z-]+/g));
  assert.deepEqual([...named], [image]);
  assert.equal(/"node": "([^"]+)"/.exec(read('openapi/openapi.json'))![1], version);
});

test('the page about WebGPU installs the version that is supported, and nothing else does', () => {
  const page = read('docs/how-to/webgpu.md');
  assert.ok(page.includes(INSTALL_WEBGPU));
  const [version] = /webgpu@\S+$/.exec(INSTALL_WEBGPU)!;
  assert.deepEqual([...new Set(page.match(/webgpu@[\d.]*\d/g))], [version]);
  assert.ok(!('node_modules/webgpu' in JSON.parse(read('package-lock.json')).packages));
});
