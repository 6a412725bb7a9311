import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Target {
  readonly outFile?: string;
}

interface AssemblyConfig {
  readonly targets?: Readonly<Record<string, Target>>;
  readonly options: Target;
}

/** Builds the modules that an AssemblyScript file belongs to, as `npm run build` does; returns whether it compiles. */
export async function buildWasm(root: string, file: string): Promise<boolean> {
  const folder = assemblyFolder(file);
  const config = ['--config', `${folder}/asconfig.json`];
  const { targets } = readConfig(root, file);
  const lines = targets ? Object.keys(targets).map((target) => [...config, '--target', target]) : [config];
  return (await Promise.all(lines.map((line) => compile(root, line)))).every(Boolean);
}

/** What it writes, as paths from the root. */
export function wasmFiles(root: string, file: string): string[] {
  const { targets = {}, options } = readConfig(root, file);
  return [options, ...Object.values(targets)].flatMap(({ outFile }) =>
    outFile === undefined ? [] : [join(assemblyFolder(file), outFile)],
  );
}

function readConfig(root: string, file: string): AssemblyConfig {
  return JSON.parse(readFileSync(join(root, assemblyFolder(file), 'asconfig.json'), 'utf8'));
}

function assemblyFolder(file: string): string {
  return file.slice(0, file.indexOf('/assembly/') + '/assembly'.length);
}

function compile(root: string, line: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['node_modules/assemblyscript/bin/asc.js', ...line], { cwd: root }, (error) =>
      resolve(error === null),
    );
  });
}
