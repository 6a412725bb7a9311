import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { importsOf, readImporters } from '../../../scripts/near-tests/import-graph.ts';
import { selectTests } from '../../../scripts/near-tests/select-tests.ts';

const importers = readImporters(fileURLToPath(new URL('../../..', import.meta.url)));

test('imports are those that run: no types, but threads, modules and the built process', () => {
  const text = `import { a, type B } from './a.ts';
import type { C } from './c.ts';
import {
  d,
} from '../d/d.ts';
import '../e.ts';
import { f } from 'f';
const WORKER = new URL(\`./codec-worker\${extname(import.meta.url)}\`, import.meta.url).href;
const wasm = loadWasmModule('codecs/json/numbers.wasm');
const g = await import('./g.ts');
`;
  assert.deepEqual([...importsOf('src/x/file.ts', text)].sort(), [
    'src/codecs/json/assembly/index.ts',
    'src/d/d.ts',
    'src/e.ts',
    'src/x/a.ts',
    'src/x/codec-worker.ts',
    'src/x/g.ts',
  ]);
  assert.deepEqual([...importsOf('src/a/assembly/b.ts', "import { c } from './c';")], ['src/a/assembly/c.ts']);
  assert.deepEqual([...importsOf('test/a.ts', "new URL('../dist/main.js', import.meta.url)")], ['src/main.ts']);
});

test('the test of a file comes first, then a broad one, then tests of its folder', () => {
  const [first, broad, ...others] = selectTests('src/core/buffer-pool.ts', importers);
  assert.deepEqual([first, broad], ['test/core/buffer-pool.test.ts', 'test/http/openapi/openapi.test.ts']);
  assert.ok(
    others.slice(0, 4).every((path) => path.startsWith('test/core/')),
    String(others.slice(0, 4)),
  );
});

test('tests reach files through threads, WebAssembly and the built process', () => {
  assert.equal(selectTests('src/loss/label-scan/assembly/indices.ts', importers)[0], 'test/loss/label-scan.test.ts');
  assert.ok(selectTests('src/codecs/codec-worker.ts', importers).includes('test/codecs/codec-threads.test.ts'));
  assert.ok(selectTests('src/main.ts', importers).includes('test/smoke.test.ts'));
});
