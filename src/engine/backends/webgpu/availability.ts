import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { WEBGPU_VERSION } from '../../../core/version.ts';

/** Device files of a GPU on Linux: with a kernel driver, with NVIDIA's own driver, under WSL. */
const DEVICES = ['/dev/dri', '/dev/nvidiactl', '/dev/dxg'];

/**
 * Adds the package, which has 130 MB and serves few machines, so that nothing installs it by itself. npm installs no optional
 * peer dependency of a project that is asked for by its name alone: `--save-prod` makes it another kind, and `--no-save`
 * keeps that out of package.json.
 */
export const INSTALL_WEBGPU = `npm install --no-save --save-prod webgpu@${WEBGPU_VERSION}`;

/** Why WebGPU cannot be used, as far as the files on disk show: starting Dawn takes a process and half a second. */
export function webgpuUnavailableReason(explicit: boolean): string | undefined {
  const onLinux = process.platform === 'linux';
  // First, so that nobody installs the package for nothing. An explicit request may mean a driver that computes on the CPU.
  if (!explicit && onLinux && !DEVICES.some((path) => existsSync(path))) return 'no GPU was found';
  try {
    createRequire(import.meta.url).resolve('webgpu/package.json');
  } catch {
    return `the package webgpu is not installed; ${INSTALL_WEBGPU} adds it`;
  }
  return undefined;
}
