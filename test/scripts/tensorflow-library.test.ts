import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { bring, unpackLibrary } from '../../scripts/tensorflow-library.ts';

// How setup:tensorflow brings and unpacks a library, on archives that have the layout of real ones and a few bytes for a
// library. `.ci/engines` sets up a real one.

const folder = mkdtempSync(join(tmpdir(), 'tensorflow-library-'));
after(() => rmSync(folder, { recursive: true }));

const HEADER = 'include/tensorflow/c/eager/c_api.h';
const PACKAGE = '@tensorflow/tfjs-node-gpu/package.json';

/** Resolves from tfjs-node-gpu, which brings the package that reads wheels; undefined where that is not installed. */
const fromPackage = resolverOf(PACKAGE);
const skip = fromPackage ? false : 'tfjs-node-gpu is not installed, which brings what reads wheels';

function resolverOf(name: string): ReturnType<typeof createRequire> | undefined {
  const require = createRequire(import.meta.url);
  try {
    return createRequire(require.resolve(name));
  } catch {
    return undefined;
  }
}

/** A folder with these files; a text that starts with `->` is where a link leads. */
function layOut(name: string, files: Readonly<Record<string, string>>): string {
  const root = join(folder, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (text.startsWith('->')) symlinkSync(text.slice(2), join(root, path));
    else writeFileSync(join(root, path), text);
  }
  return root;
}

function makeTar(name: string, files: Readonly<Record<string, string>>): string {
  const archive = join(folder, `${name}.tar.gz`);
  execFileSync('tar', ['-czf', archive, '-C', layOut(name, files), '.']);
  return archive;
}

/** As libtensorflow's own archives are. */
const OFFICIAL = {
  [HEADER]: '// C API',
  'lib/libtensorflow.so.2.18.0': 'library',
  'lib/libtensorflow.so.2': '->libtensorflow.so.2.18.0',
  'lib/libtensorflow.so': '->libtensorflow.so.2',
  'lib/libtensorflow_framework.so.2.18.0': 'framework',
  'lib/libtensorflow_framework.so.2': '->libtensorflow_framework.so.2.18.0',
  'lib/libtensorflow_framework.so': '->libtensorflow_framework.so.2',
};

function assertLaidOut(deps: string): void {
  assert.equal(readFileSync(join(deps, 'lib/libtensorflow.so'), 'utf8'), 'library');
  assert.equal(readFileSync(join(deps, 'lib/libtensorflow_framework.so'), 'utf8'), 'framework');
  assert.equal(readFileSync(join(deps, HEADER), 'utf8'), '// C API');
}

test("libtensorflow's own archive is laid out, in place of what was there", () => {
  const deps = layOut('deps-of-tar', { 'lib/libtensorflow.so': 'an older one' });
  unpackLibrary(makeTar('official', OFFICIAL), deps, createRequire(import.meta.url));
  assertLaidOut(deps);
});

test('of a wheel, the libraries and the headers are taken, and named as the linker asks for them', { skip }, () => {
  const Zip = fromPackage!('adm-zip');
  const wheel = join(folder, 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl');
  const zip = new Zip();
  for (const [path, text] of Object.entries({
    'tensorflow/libtensorflow_cc.so.2': 'library',
    'tensorflow/libtensorflow_framework.so.2': 'framework',
    [`tensorflow/${HEADER}`]: '// C API',
    'tensorflow/python/pywrap.so': 'of no use here',
  })) {
    zip.addFile(path, Buffer.from(text));
  }
  zip.writeZip(wheel);
  const deps = join(folder, 'deps-of-wheel');
  unpackLibrary(wheel, deps, fromPackage!);
  assertLaidOut(deps);
  assert.throws(() => readFileSync(join(deps, 'python/pywrap.so')), /ENOENT/);
});

test('an archive that has no library for Linux, or no header, is refused', () => {
  const { [HEADER]: header, ...libraries } = OFFICIAL;
  for (const [name, files, expected] of [
    ['windows', { [HEADER]: header, 'lib/tensorflow.dll': 'library' }, /has no libtensorflow.so for Linux/],
    ['headless', libraries, /has no include\/tensorflow\/c\/eager\/c_api.h/],
  ] as const) {
    const archive = makeTar(name, files);
    assert.throws(() => unpackLibrary(archive, join(folder, `deps-${name}`), createRequire(import.meta.url)), expected);
  }
});

test('an archive is brought by URL under its own name, or by path; what is not there is named', async () => {
  const archive = makeTar('served', OFFICIAL);
  const server = createServer((request, response) => {
    if (request.url === '/library.tar.gz?signed=1') response.end(readFileSync(archive));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const brought = await bring(`${origin}/library.tar.gz?signed=1`, folder);
    assert.equal(brought, join(folder, 'library.tar.gz'));
    assert.deepEqual(readFileSync(brought), readFileSync(archive));
    await assert.rejects(bring(`${origin}/none.whl`, folder), /none.whl was answered with 404/);
  } finally {
    server.close();
  }
  assert.equal(await bring(archive, folder), archive);
  await assert.rejects(bring(join(folder, 'none.whl'), folder), /there is no file .*none.whl/);
});
