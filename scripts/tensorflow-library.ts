import { execFileSync } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What tfjs-node-gpu itself unpacks archives with; it has no types. */
interface ZipEntry {
  readonly entryName: string;
  readonly isDirectory: boolean;
  getData(): Buffer;
}
type Zip = new (path: string) => { getEntries(): ZipEntry[] };

/** In a wheel: TensorFlow's library by its C++ name, which has the C API in it, and the headers. */
const IN_WHEEL = /^tensorflow\/(?:(libtensorflow_(?:cc|framework)\.so\.2)|(include\/.*))$/;

/** Downloads an archive into a folder where it is given by URL. @returns its path */
export async function bring(source: string, folder: string): Promise<string> {
  if (!/^https?:\/\//.test(source)) {
    if (!existsSync(source)) throw new Error(`there is no file ${source}`);
    return source;
  }
  const response = await fetch(source);
  if (!response.ok || !response.body) throw new Error(`${source} was answered with ${response.status}`);
  const path = join(folder, basename(new URL(source).pathname));
  await pipeline(Readable.fromWeb(response.body), createWriteStream(path));
  return path;
}

/**
 * Lays a library out as tfjs-node-gpu wants it: `lib/libtensorflow.so`, `lib/libtensorflow_framework.so`, `include/`.
 *
 * @param archive a wheel of `tensorflow` or `tensorflow-cpu`, or libtensorflow's own tar
 * @param folder emptied first
 * @param require resolves from the package of tfjs-node-gpu
 */
export function unpackLibrary(archive: string, folder: string, require: ReturnType<typeof createRequire>): void {
  const lib = join(folder, 'lib');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(lib, { recursive: true });
  if (archive.endsWith('.whl')) unpackWheel(archive, folder, require('adm-zip') as Zip);
  else execFileSync('tar', ['-xf', archive, '-C', folder], { stdio: ['ignore', 'inherit', 'inherit'] });

  linkFirst(lib, 'libtensorflow.so', /^libtensorflow(_cc)?\.so\.2/);
  linkFirst(lib, 'libtensorflow_framework.so', /^libtensorflow_framework\.so\.2/);
  if (!existsSync(join(folder, 'include/tensorflow/c/eager/c_api.h'))) {
    throw new Error(`${archive} has no include/tensorflow/c/eager/c_api.h`);
  }
}

function unpackWheel(archive: string, folder: string, AdmZip: Zip): void {
  for (const entry of new AdmZip(archive).getEntries()) {
    const [, library, header] = IN_WHEEL.exec(entry.entryName) ?? [];
    const inside = library ? `lib/${library}` : header;
    if (inside === undefined || entry.isDirectory) continue;
    const path = join(folder, inside);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, entry.getData());
  }
}

/** The linker looks for a name without a version. */
function linkFirst(lib: string, name: string, pattern: RegExp): void {
  if (existsSync(join(lib, name))) return;
  const target = readdirSync(lib).find((file) => pattern.test(file));
  if (target === undefined) throw new Error(`the archive has no ${name} for Linux, under any version`);
  symlinkSync(target, join(lib, name));
}
