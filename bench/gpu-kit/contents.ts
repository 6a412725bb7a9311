import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { installedPackages } from './packages.ts';

export const ROOT = resolve(import.meta.dirname, '../..');

/** Of the working tree: the built service, the benchmark and the tests, whose sources run as they are. */
const FILES = ['package.json', 'LICENSE', 'scripts/typescript.mjs'];
const FOLDERS = ['dist', 'src', 'bench', 'test'];

/** What is not run: environments, results, and of packages what is for other platforms, browsers, compilers and readers. */
const LEFT_OUT: readonly RegExp[] = [
  /(?:^|\/)(?:\.venv|\.schemathesis|__pycache__)\//,
  /^bench\/(?:gpu-kit\/root\/|.*\.(?:gz|svg|md)$)/,
  /^dist\/.*\.map$/,
  /^node_modules\/webgpu\/dist\/(?!linux-x64\/)/,
  /^node_modules\/.*\.(?:map|d\.[cm]?ts|md|h|cc)$/,
  /^node_modules\/@tensorflow\/.*(?:\/miniprogram\/|\.(?:fesm|es2017)(?:\.min)?\.js$|\.min\.js$|_test\.js$)/,
  /^node_modules\/(?:bintrees\/test|esbuild\/bin)\//,
];

/** The files of the kit's `app/`, by their paths in the working tree, which are the same there. */
export function appFiles(root = ROOT): string[] {
  const inFolders = [...FOLDERS, ...installedPackages(root)].flatMap((folder) => filesBelow(root, folder));
  return [...FILES, ...inFolders].filter((path) => !LEFT_OUT.some((pattern) => pattern.test(path)));
}

/** All files in a folder; packages within a package are listed by themselves. */
function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return entry.name === 'node_modules' ? [] : filesBelow(root, path);
  });
}
