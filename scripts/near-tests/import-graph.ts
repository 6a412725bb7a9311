import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

// Type-only imports do not count: nothing of theirs runs. Threads do, WebAssembly modules, and tests of the built process.

const IMPORT = /(?:^|\n)\s*(?:import|export)\s(?!type\b)[^;'"]*?from\s*'(\.[^']+)'|\bimport\s*\(?\s*'(\.[^']+)'/g;
const THREAD = /new URL\((?:`|')(\.\/[\w./-]+?)(?:\$\{extname\(import\.meta\.url\)\}`|\.ts')/g;
/** A WebAssembly module is built of the folder `assembly` beside it. */
const MODULE = /'([\w/-]+)\/[\w-]+\.wasm'/g;
const BUILT = /dist\/([\w/-]+)\.js/g;

export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** For each TypeScript file of `src` and `test` the files that run it: those that import it or start it. */
export function readImporters(root: string): ImportGraph {
  const importers = new Map<string, string[]>();
  for (const folder of ['src', 'test', 'bench', 'scripts']) {
    for (const path of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!path.endsWith('.ts') || path.includes('node_modules')) continue;
      const file = join(folder, path);
      for (const target of importsOf(file, readFileSync(join(root, file), 'utf8'))) {
        if (!existsSync(join(root, target))) continue;
        const known = importers.get(target);
        if (known) known.push(file);
        else importers.set(target, [file]);
      }
    }
  }
  return importers;
}

/** Paths from the root of the repository; AssemblyScript leaves the extension out. */
export function importsOf(file: string, text: string): Set<string> {
  const relative = (specifier: string): string => {
    const path = join(dirname(file), specifier);
    return /\.\w+$/.test(path) ? path : `${path}.ts`;
  };
  const targets = new Set<string>();
  for (const [, static_, dynamic] of text.matchAll(IMPORT)) targets.add(relative(static_ ?? dynamic!));
  for (const [, path] of text.matchAll(THREAD)) targets.add(relative(path!));
  if (file.startsWith('src/'))
    for (const [, path] of text.matchAll(MODULE)) targets.add(`src/${path}/assembly/index.ts`);
  else for (const [, path] of text.matchAll(BUILT)) targets.add(`src/${path}.ts`);
  return targets;
}
