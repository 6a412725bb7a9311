import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** What drivers may need of glibc beyond what Node needs. Another glibc's would not run with the kit's. */
const PARTS_OF_GLIBC = ['libresolv.so.2', 'librt.so.1', 'libutil.so.1'];

/** Copies the C and C++ libraries of this machine that programs load when they start, the dynamic linker among them. */
export function copySharedLibraries(programs: readonly string[], folder: string): void {
  const libraries = new Set(programs.flatMap(librariesOf));
  const libc = [...libraries].find((path) => basename(path) === 'libc.so.6');
  if (libc === undefined) throw new Error(`expected programs for glibc, got ${[...libraries]}`);
  for (const name of PARTS_OF_GLIBC) libraries.add(join(dirname(libc), name));
  mkdirSync(folder, { recursive: true });
  for (const path of libraries) copyFileSync(path, join(folder, basename(path)));
}

function librariesOf(program: string): string[] {
  const lines = execFileSync('ldd', [program], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    if (line.includes('not found')) throw new Error(`expected all libraries of ${program}, got "${line.trim()}"`);
    return line.match(/(\/\S+) \(0x/)?.[1] ?? [];
  });
}
