import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the kit runs, beyond the dependencies that the service requires: Dawn, and the loader of the TypeScript sources. */
const FURTHER = ['webgpu', 'tsx'];

interface Package {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * The folders of the packages that the kit needs, with what those depend on, as far as they are installed in `root`. The
 * lock file would not do: Dawn is not in it.
 */
export function installedPackages(root: string): string[] {
  const found = new Set<string>();
  const add = (name: string, from: string) => {
    const path = resolvePackage(root, name, from);
    if (path === undefined || found.has(path)) return;
    found.add(path);
    const { dependencies, optionalDependencies } = readPackage(root, path);
    for (const each of Object.keys({ ...dependencies, ...optionalDependencies })) add(each, path);
  };
  for (const name of [...Object.keys(readPackage(root, '').dependencies!), ...FURTHER]) add(name, '');
  return [...found].sort();
}

/** Node looks in the package's own `node_modules`, then in those of the folders around it. */
function resolvePackage(root: string, name: string, from: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (existsSync(join(root, path, 'package.json'))) return path;
    if (folder === '') return undefined;
  }
}

function readPackage(root: string, path: string): Package {
  return JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));
}
