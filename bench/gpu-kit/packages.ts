import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** What the kit runs, beyond the dependencies that the service requires: Dawn, and the loader of the TypeScript sources. */
const FURTHER = ['webgpu', 'tsx'];

interface Package {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Lock {
  /** By path, such as `node_modules/webgpu/node_modules/debug`; the project itself is at the empty one. */
  readonly packages: Readonly<Record<string, Package>>;
}

/** The folders of the packages that the kit needs, with what those depend on, as far as they are installed in `root`. */
export function installedPackages(root: string, { packages }: Lock): string[] {
  const found = new Set<string>();
  const add = (name: string, from: string) => {
    const path = resolvePackage(name, from, packages);
    if (path === undefined || found.has(path) || !existsSync(join(root, path))) return;
    found.add(path);
    const { dependencies, optionalDependencies } = packages[path]!;
    for (const each of Object.keys({ ...dependencies, ...optionalDependencies })) add(each, path);
  };
  for (const name of [...Object.keys(packages['']!.dependencies!), ...FURTHER]) add(name, '');
  return [...found].sort();
}

/** Node looks in the package's own `node_modules`, then in those of the folders around it. */
function resolvePackage(name: string, from: string, packages: Lock['packages']): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (path in packages) return path;
    if (folder === '') return undefined;
  }
}
