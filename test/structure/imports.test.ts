import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

// Type-only imports count as well: a reader has to follow them like any other.

const SRC = fileURLToPath(new URL('../../src', import.meta.url));
const IMPORT = /\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g;

/** The files that each file of src imports. AssemblyScript leaves the extension out. */
function readImports(): Map<string, string[]> {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  return new Map(
    files.map((path) => {
      const specifiers = readFileSync(join(SRC, path), 'utf8').matchAll(IMPORT);
      const imported = Array.from(specifiers, ([, specifier]) => join(dirname(path), specifier!));
      return [path, imported.map((target) => (/\.\w+$/.test(target) ? target : `${target}.ts`))];
    }),
  );
}

/** The first cycle that a depth-first search finds, as the files on it; undefined if there is none. */
function findCycle(imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    const start = path.indexOf(file);
    if (start >= 0) return [...path.slice(start), file];
    if (done.has(file)) return undefined;
    for (const target of imports.get(file) ?? []) {
      const cycle = visit(target, [...path, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return undefined;
}

test('no files of src import each other in a circle', () => {
  const imports = readImports();
  for (const [file, targets] of imports) {
    for (const target of targets) {
      assert.ok(
        imports.has(target) || target.endsWith('.json'),
        `${file} imports ${relative('.', target)}, which src has not`,
      );
    }
  }
  assert.equal(findCycle(imports)?.join(' → '), undefined);
});

test('a cycle is found, also behind files that are on none', () => {
  const imports = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', []],
    ['d', ['b']],
  ]);
  assert.deepEqual(findCycle(imports), ['b', 'd', 'b']);
});
