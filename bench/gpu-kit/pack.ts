import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { webgpuUnavailableReason } from '../../src/engine/backends/webgpu/availability.ts';
import { appFiles, ROOT } from './contents.ts';
import { copySharedLibraries } from './shared-libraries.ts';
import { findVulkanLoader } from './vulkan-loader.ts';

// Packs everything that the checks and the benchmark of `webgpu` need into one archive; docs/how-to/webgpu.md says how to use it.

const NAME = 'focal-loss-gpu-kit';
const MAX_BYTES = 60 * 2 ** 20;

const USAGE = `Usage: npm run gpu-kit [-- --node PATH] [--output PATH]

Packs the built service, Node, Dawn, the Vulkan loader and the benchmark into an archive for a Linux machine (x86-64) with
an NVIDIA driver: without network, Node or Python. Needs the package webgpu (docs/how-to/webgpu.md). There: tar -xzf ${NAME}.tar.gz && ${NAME}/run FOLDER

  --node PATH     the Node to pack; by default the one that runs this. Newer ones are larger
  --output PATH   where the archive goes; by default bench/gpu-kit/${NAME}.tar.gz
`;

const { values } = parseArgs({
  options: { node: { type: 'string' }, output: { type: 'string' }, help: { type: 'boolean' } },
});
if (values.help) process.stdout.write(USAGE);
else if (process.platform !== 'linux' || process.arch !== 'x64') {
  throw new Error(
    `expected Linux on x64, whose Node and libraries are packed, got ${process.platform} on ${process.arch}`,
  );
} else {
  const missing = webgpuUnavailableReason(true);
  if (missing !== undefined) throw new Error(missing);
  const output = resolve(values.output ?? join(import.meta.dirname, `${NAME}.tar.gz`));
  pack(values.node ?? process.execPath, output);
}

function pack(node: string, output: string): void {
  const work = mkdtempSync(join(tmpdir(), 'gpu-kit-'));
  try {
    fill(join(work, NAME), node, work);
    execFileSync(
      'tar',
      ['--create', '--use-compress-program=gzip -9', '--owner=0', '--group=0', '--file', output, NAME],
      {
        cwd: work,
        stdio: 'inherit',
      },
    );
  } finally {
    rmSync(work, { recursive: true });
  }
  const { size } = statSync(output);
  const mebibytes = (size / 2 ** 20).toFixed(1);
  if (size > MAX_BYTES) throw new Error(`expected up to ${MAX_BYTES / 2 ** 20} MiB, got ${mebibytes} MiB in ${output}`);
  process.stdout.write(`${output}: ${mebibytes} MiB\n`);
}

/** Makes the folder that the archive contains. */
function fill(kit: string, node: string, work: string): void {
  cpSync(join(import.meta.dirname, 'root'), kit, { recursive: true });
  for (const path of appFiles()) copy(join(ROOT, path), join(kit, 'app', path));
  const program = join(kit, 'node');
  // Symbols are a ninth of it, and nothing reads them.
  execFileSync('strip', ['--strip-unneeded', '-o', program, node]);
  chmodSync(program, 0o755);
  const loader = findVulkanLoader(work);
  copy(loader, join(kit, 'vulkan', basename(loader)));
  const dawn = join(ROOT, 'node_modules/webgpu/dist/linux-x64/dawn.node');
  copySharedLibraries([node, dawn, loader], join(kit, 'libraries'));
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}
