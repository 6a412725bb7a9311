import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How the Vulkan loader finds a driver: its own search, or a manifest of the kit. */
const DRIVERS: readonly { readonly name: string; readonly manifest?: string }[] = [
  { name: 'as installed' },
  // The container toolkit often mounts the libraries without their manifest.
  { name: 'libGLX_nvidia.so.0', manifest: 'nvidia-glx.json' },
  // The same driver without X11, whose libraries servers lack.
  { name: 'libEGL_nvidia.so.0', manifest: 'nvidia-egl.json' },
];

const TIMEOUT_MS = 120_000;

export interface Attempt {
  readonly driver: string;
  /** What the environment of processes needs for it. */
  readonly env: Readonly<Record<string, string>>;
  readonly passed: boolean;
  /** The adapter that was found, or the messages of the loader and of Dawn. */
  readonly output: string;
}

/** Tries the drivers in turn, each in a process of its own, until one has a GPU. The last attempt is that one, if any. */
export function findVulkanDriver(manifests: URL, software: boolean): Attempt[] {
  const attempts: Attempt[] = [];
  for (const { name, manifest } of DRIVERS) {
    const env: Record<string, string> = manifest
      ? { VK_DRIVER_FILES: fileURLToPath(new URL(manifest, manifests)) }
      : {};
    attempts.push({ driver: name, env, ...probe(env, software) });
    if (attempts.at(-1)!.passed) break;
  }
  return attempts;
}

function probe(env: Readonly<Record<string, string>>, software: boolean): Pick<Attempt, 'passed' | 'output'> {
  const loader = new URL('../../scripts/typescript.mjs', import.meta.url).href;
  const script = fileURLToPath(new URL('probe.ts', import.meta.url));
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    ['--import', loader, script, ...(software ? ['software'] : [])],
    { encoding: 'utf8', timeout: TIMEOUT_MS, env: { ...process.env, ...env, VK_LOADER_DEBUG: 'error,warn' } },
  );
  const passed = status === 0;
  return { passed, output: passed ? stdout.trim() : [error?.message, stdout, stderr].join('\n').trim() };
}
