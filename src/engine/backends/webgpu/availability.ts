import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Device files of a GPU on Linux: with a kernel driver, with NVIDIA's own driver, under WSL. */
const DEVICES = ['/dev/dri', '/dev/nvidiactl', '/dev/dxg'];

/** Why WebGPU cannot be used, as far as the files on disk show: starting Dawn takes a process and half a second. */
export function webgpuUnavailableReason(explicit: boolean): string | undefined {
  try {
    createRequire(import.meta.url).resolve('webgpu/package.json');
  } catch {
    return 'the package webgpu is not installed';
  }
  const onLinux = process.platform === 'linux';
  // An explicit request may mean a driver that computes on the CPU.
  if (!explicit && onLinux && !DEVICES.some((path) => existsSync(path))) return 'no GPU was found';
  return undefined;
}
